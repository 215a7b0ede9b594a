"""What is said about tasks. The list is the hottest path there is: its rows come without their model, which would cost
more to make than all the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection
from rest_framework import serializers

from accounts.models import Account
from nozbe.encryption.opening import open_values
from tasks.api.kinds import Kind, WorkOut, work_out
from tasks.models import Task
from tasks.models.recurring import Mode


class RecurrenceOut(serializers.Serializer[Any]):
    rule = serializers.CharField(help_text="RFC 5545.")
    mode = serializers.ChoiceField(Mode.choices)
    time_zone = serializers.CharField()
    starts_on = serializers.DateField()


class TaskOut(WorkOut):
    project = serializers.CharField()
    section = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    author = serializers.CharField(allow_null=True, help_text="Null for a former member.")
    responsible = serializers.CharField(allow_null=True)
    due_on = serializers.DateField(allow_null=True, help_text="All day.")
    due_at = serializers.DateTimeField(allow_null=True)
    time_needed_minutes = serializers.IntegerField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    recurrence = RecurrenceOut(allow_null=True)
    occurrence = serializers.IntegerField(help_text="Which one it is at, or is the copy of. None comes twice.")
    series = serializers.CharField(allow_null=True, help_text="Of the copy of an occurrence: the task that goes on.")
    missed = serializers.IntegerField(help_text="Of a copy: occurrences that went by before it was done.")
    position = serializers.CharField(help_text="Sorts by its bytes, within the section.")
    ended_at = serializers.DateTimeField(allow_null=True)
    abandoned_at = serializers.DateTimeField(allow_null=True)


COLUMNS = ("id", "team_id", "created_at", "changed_at", "project_id", "section_id", "name", "author_id",
           "responsible_id", "due_on", "due_at", "time_needed_minutes", "recurrence_rule", "recurrence_mode",
           "recurrence_time_zone", "recurrence_starts_on", "occurrence", "series_id", "missed", "position", "ended_at",
           "abandoned_at", "gone_at")  # fmt: skip


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash().values_list(*COLUMNS, named=True)


def show(rows: Sequence[Any], account: Account) -> list[dict[str, Any]]:
    """With one query for all tags, and all names opened at once."""
    tags = tags_of([row.id for row in rows], account)
    series = Task.objects.series_seen((row.series_id for row in rows), account)
    names = open_values(Task, "name", [(row.team_id, row.id, row.name) for row in rows])
    return [
        {
            **work_out(row),
            "project": row.project_id,
            "section": row.section_id,
            "name": name,
            "author": row.author_id,
            "responsible": row.responsible_id,
            "due_on": row.due_on,
            "due_at": row.due_at,
            "time_needed_minutes": row.time_needed_minutes,
            "tags": tags.get(row.id, []),
            "recurrence": recurrence_of(row) if row.recurrence_rule else None,
            "occurrence": row.occurrence,
            "series": row.series_id if row.series_id in series else None,
            "missed": row.missed,
            "position": row.position,
            "ended_at": row.ended_at,
            "abandoned_at": row.abandoned_at,
        }
        for row, name in zip(rows, names, strict=True)
    ]


def recurrence_of(row: Any) -> dict[str, Any]:
    return {
        "rule": row.recurrence_rule,
        "mode": row.recurrence_mode,
        "time_zone": row.recurrence_time_zone,
        "starts_on": row.recurrence_starts_on,
    }


TAGS = """
    SELECT tt.task_id, tt.tag_id FROM tasks_tasktag tt JOIN tasks_tag t ON t.id = tt.tag_id
    LEFT JOIN accounts_membership m ON m.id = t.private_to_id AND m.account_id = %s AND m.ended_at IS NULL
    WHERE tt.task_id = ANY(%s) AND t.trashed_at IS NULL AND (t.private_to_id IS NULL OR m.id IS NOT NULL)
    ORDER BY tt.created_at, tt.id
"""


def tags_of(tasks: list[str], account: Account) -> dict[str, list[str]]:
    """Task → its tags that are not in the trash and that the person sees: others' private ones they do not."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(TAGS, [account.pk, tasks])
        for task, tag in cursor.fetchall():
            found[task].append(tag)
    return found


TASK = Kind("tasks", Task, TaskOut, load, show)

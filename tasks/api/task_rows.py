"""What is said about tasks. Their rows come without their model, which would cost more to make than all the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection
from rest_framework import serializers

from accounts.models import Account
from nozbe.database.prepared import Row
from nozbe.encryption.opening import open_values
from tasks.api.kinds import Kind, WorkOut
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
           "recurrence_time_zone", "recurrence_starts_on", "occurrence", "missed", "position", "ended_at",
           "abandoned_at", "gone_at", "series_id")  # fmt: skip
"""What `show_rows` is told about each task, and behind them its tags."""


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash().values_list(*COLUMNS, named=True)


def show(rows: Sequence[Any], account: Account) -> list[dict[str, Any]]:
    """With one query for all tags, and one for all series."""
    tags = tags_of([row.id for row in rows], account)
    series = Task.objects.series_seen((row.series_id for row in rows), account)
    return show_rows(
        [(*row[:-1], row.series_id if row.series_id in series else None, tags.get(row.id, [])) for row in rows]
    )


def show_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """All names opened at once. The tags and the series must be those that the person sees."""
    names = open_values(Task, "name", [(row[1], row[0], row[6]) for row in rows])
    return [_say(name, *row) for row, name in zip(rows, names, strict=True)]


def _say(
    name: str, id: str, team: str, created_at: Any, changed_at: Any, project: str, section: str | None, _sealed: Any,
    author: str | None, responsible: str | None, due_on: Any, due_at: Any, time_needed_minutes: int | None, rule: str,
    mode: str, time_zone: str, starts_on: Any, occurrence: int, missed: int, position: str, ended_at: Any,
    abandoned_at: Any, trashed_at: Any, series: str | None, tags: list[str],
) -> dict[str, Any]:  # fmt: skip
    """By their places: a hundred rows with names would cost more than their texts."""
    return {
        "id": id,
        "team": team,
        "created_at": created_at,
        "changed_at": changed_at,
        "trashed_at": trashed_at,
        "project": project,
        "section": section,
        "name": name,
        "author": author,
        "responsible": responsible,
        "due_on": due_on,
        "due_at": due_at,
        "time_needed_minutes": time_needed_minutes,
        "tags": tags,
        "recurrence": {"rule": rule, "mode": mode, "time_zone": time_zone, "starts_on": starts_on} if rule else None,
        "occurrence": occurrence,
        "series": series,
        "missed": missed,
        "position": position,
        "ended_at": ended_at,
        "abandoned_at": abandoned_at,
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

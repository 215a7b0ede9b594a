"""What is said about tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from rest_framework import serializers

from accounts.models import Account
from nozbe.encryption.opening import open_all
from tasks.api.kinds import Kind, WorkOut, work_out
from tasks.models import Task, TaskTag
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


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash()


def show(rows: Sequence[Any], account: Account) -> list[dict[str, Any]]:
    tags = tags_of([row.pk for row in rows], account)
    return [
        {
            **work_out(row),
            "project": row.project_id,
            "section": row.section_id,
            "name": row.name,
            "author": row.author_id,
            "responsible": row.responsible_id,
            "due_on": row.due_on,
            "due_at": row.due_at,
            "time_needed_minutes": row.time_needed_minutes,
            "tags": tags.get(row.pk, []),
            "recurrence": recurrence_of(row) if row.recurs else None,
            "occurrence": row.occurrence,
            "series": row.series_id,
            "missed": row.missed,
            "position": row.position,
            "ended_at": row.ended_at,
            "abandoned_at": row.abandoned_at,
        }
        for row in open_all(rows)
    ]


def recurrence_of(row: Task) -> dict[str, Any]:
    return {
        "rule": row.recurrence_rule,
        "mode": row.recurrence_mode,
        "time_zone": row.recurrence_time_zone,
        "starts_on": row.recurrence_starts_on,
    }


def tags_of(tasks: Sequence[str], account: Account) -> dict[str, list[str]]:
    """Task → its tags that are not in the trash and that the person sees: others' private ones they do not."""
    mine = Q(tag__private_to__account=account, tag__private_to__ended_at__isnull=True)
    shown = TaskTag.objects.filter(Q(tag__private_to__isnull=True) | mine, task__in=tasks, tag__trashed_at__isnull=True)
    found = defaultdict(list)
    for task, tag in shown.order_by("created_at", "pk").values_list("task", "tag"):
        found[task].append(tag)
    return found


TASK = Kind("tasks", Task, TaskOut, load, show)

"""The list of tasks, the hottest path there is: one statement, written by hand, and no model for its rows.

What one sees is asked by `tasks.access.SEES`; `tests/tasks/test_task_list.py` holds it against the models' own answer.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Account
from nozbe.database.prepared import Row, ask
from tasks.access import SEES
from tasks.models import Tag

TASKS = f"""
    SELECT t.id, t.team_id, t.created_at, t.changed_at, t.project_id, t.section_id, t.name, t.author_id,
        t.responsible_id, t.due_on, t.due_at, t.time_needed_minutes, t.recurrence_rule, t.recurrence_mode,
        t.recurrence_time_zone, t.recurrence_starts_on, t.occurrence, t.missed, t.position, t.ended_at, t.abandoned_at,
        least(t.trashed_at, s.trashed_at, p.trashed_at),
        CASE WHEN t.series_id IS NOT NULL THEN (
            SELECT goes_on.id FROM tasks_task goes_on JOIN tasks_project p ON p.id = goes_on.project_id {SEES}
            WHERE goes_on.id = t.series_id
        ) END,
        ARRAY(
            SELECT g.id FROM tasks_tasktag tt JOIN tasks_tag g ON g.id = tt.tag_id
            LEFT JOIN accounts_membership own
                ON own.id = g.private_to_id AND own.account_id = %(account)s AND own.ended_at IS NULL
            WHERE tt.task_id = t.id AND g.trashed_at IS NULL AND (g.private_to_id IS NULL OR own.id IS NOT NULL)
            ORDER BY tt.created_at, tt.id
        )
    FROM tasks_task t JOIN tasks_project p ON p.id = t.project_id {SEES}
    LEFT JOIN tasks_section s ON s.id = t.section_id
    WHERE
"""  # noqa: S608
TRASHED = "(t.trashed_at IS NOT NULL OR s.trashed_at IS NOT NULL OR p.trashed_at IS NOT NULL)"
LIVE = "t.trashed_at IS NULL AND s.trashed_at IS NULL AND p.trashed_at IS NULL"

EQUAL = {
    "team": "t.team_id = %(team)s",
    "project": "t.project_id = %(project)s",
    "section": "t.section_id = %(section)s",
    "responsible": "t.responsible_id = %(responsible)s",
    "changed_since": "t.changed_at >= %(changed_since)s",
    "tag": "EXISTS (SELECT FROM tasks_tasktag x WHERE x.task_id = t.id AND x.tag_id = %(tag)s)",
    "due_after": "(t.due_on >= %(due_after)s OR t.due_at >= %(due_after_midnight)s)",
    "due_before": "(t.due_on < %(due_before)s OR t.due_at < %(due_before_midnight)s)",
}
EITHER = {
    "trashed": (TRASHED, LIVE),
    "single": ("p.single_of_id IS NOT NULL", "p.single_of_id IS NULL"),
    "unassigned": ("t.responsible_id IS NULL", "t.responsible_id IS NOT NULL"),
    "has_due_date": ("(t.due_on IS NOT NULL OR t.due_at IS NOT NULL)", "t.due_on IS NULL AND t.due_at IS NULL"),
    "ended": ("t.ended_at IS NOT NULL", "t.ended_at IS NULL"),
    "abandoned": ("t.abandoned_at IS NOT NULL", "t.abandoned_at IS NULL"),
    "recurring": ("t.recurrence_rule <> ''", "t.recurrence_rule = ''"),
}
"""What one may ask for → where it is so, and where it is not."""

DAYS = ("due_after", "due_before")


def find_tasks(account: Account, given: dict[str, Any], *, behind: tuple[Any, str] | None, limit: int) -> list[Row]:
    """So many rows at most for `task_rows.say`, of what `TaskQuery` asks for, behind that place in their order."""
    if "tag" in given and not Tag.objects.visible_to(account).live().filter(pk=given["tag"]).exists():
        return []
    first = "t.position" if given["order"] == "position" else "t.created_at"
    values = given | {"account": account.pk}
    conditions = [sql for name, sql in EQUAL.items() if name in given]
    conditions += [so if given[name] else not_so for name, (so, not_so) in EITHER.items() if name in given]
    zone = ZoneInfo(account.time_zone)
    values |= {f"{name}_midnight": _midnight(given[name], zone) for name in DAYS if name in given}
    if behind is not None:
        conditions.append(f"({first}, t.id) > (%(behind)s, %(behind_id)s)")
        values |= {"behind": behind[0], "behind_id": behind[1]}
    return ask(f"{TASKS} {' AND '.join(conditions)} ORDER BY {first}, t.id LIMIT {limit:d}", values)


def _midnight(day: Any, zone: ZoneInfo) -> datetime:
    """Days begin at midnight in the time zone of whoever asks."""
    try:
        return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar
        return datetime.combine(day, time.min, tzinfo=UTC)

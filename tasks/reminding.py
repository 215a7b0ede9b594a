"""When a reminder fires. Pure: knows no database and no clock.

A reminder is absolute, for an instant or for a whole day, or relative to what its task is due on. For a whole day it
fires at 07:00 local time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tasks.recurrence import instant

MORNING = time(7)

_MINUTES_A_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fires_at(
    *, zone: ZoneInfo, at: datetime | None, on: date | None, minutes_before: int | None, due: date | datetime | None
) -> datetime | None:
    """In UTC. The first of `at`, `on` and `minutes_before` that is given counts; None for a relative reminder of a task
    that is due on nothing.

    Before an all-day due date, whole days are those of the calendar, so that "a day before" is 07:00 on either side of
    a change of clocks; the minutes left over are elapsed time.
    """
    if at is not None:
        return at.astimezone(UTC)
    if on is not None:
        return instant(on, MORNING, zone)
    if minutes_before is None or due is None:
        return None
    if isinstance(due, datetime):
        return due.astimezone(UTC) - timedelta(minutes=minutes_before)
    days, minutes = divmod(minutes_before, _MINUTES_A_DAY)
    return instant(due - timedelta(days=days), MORNING, zone) - timedelta(minutes=minutes)


def firing_key(reminder_id: str, instant: datetime) -> str:
    """The same for the same reminder and millisecond, in whatever zone the instant is given: nothing fires twice."""
    return f"{reminder_id}:{(instant - _EPOCH) // timedelta(milliseconds=1)}"

"""When a recurring task comes next. Pure: knows no database and no clock; days are those of the person's calendar.

A series begins on its anchor, which is always its first occurrence (RFC 5545: DTSTART), whether or not the rule names
that day. A rule that leaves the day of the month to the anchor keeps it where a month is long enough and takes the last
day where not: 31 January, 28 February, 31 March. There we part from the RFC, which would skip February.

A timed occurrence begins at its wall-clock time, an all-day one with its day. Both are compared by that instant, so
that one set of rules does for both; an all-day task is due on a date all the same.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from tasks.recurrence_rules import Frequency, Rule


@dataclass(frozen=True)
class Series:
    rule: Rule
    anchor: date
    """The local day of the first occurrence."""

    at: time | None
    """By the clock on the wall. None: all day."""

    zone: ZoneInfo
    from_completion: bool
    """Whether the next one counts from the day of completion, rather than by schedule."""

    done: int
    """How many were completed before the current one. Only COUNT in a series from completion asks."""

    def begins(self, day: date) -> datetime:
        return instant(day, self.at or time.min, self.zone)

    def lasts(self, day: date) -> bool:
        """Whether an occurrence on this day is not past UNTIL, be that a local day or an instant."""
        until = self.rule.until
        if isinstance(until, datetime):
            return self.begins(day) <= until
        return until is None or day <= until


@dataclass(frozen=True)
class Advance:
    due: date | datetime
    """A date in an all-day series, otherwise an aware datetime in UTC."""

    missed: int
    """How many occurrences after the completed one were jumped over."""


def advance(series: Series, *, due: date | datetime, completed_at: datetime) -> Advance | None:
    """When the task is due after it was completed; None when the series is over. `due` may have been moved by hand."""
    assert completed_at.tzinfo, "an instant is aware"
    try:
        if series.from_completion:
            return _from_completion(series, due, completed_at)
        return _by_schedule(series, due, completed_at)
    except OverflowError:  # the calendar ends: west of Greenwich the evening of 31 December 9999 is no instant any more
        return None


def occurrences(rule: Rule, anchor: date) -> Iterator[date]:
    """All, in order, until the rule or the year 9999 ends. An UNTIL that is an instant counts as its day in UTC."""
    yield anchor
    yield from _after(rule, anchor, anchor, _lasts_in_utc(rule))


def next_after(rule: Rule, anchor: date, after: date) -> date | None:
    """The first of `occurrences` that is later than `after`. Those before it are walked through only to COUNT them."""
    return next(_after(rule, anchor, after, _lasts_in_utc(rule)), None)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """In UTC. A time that clocks jump over is read with the offset before the jump, and of one that they show twice the
    first is meant (RFC 5545, section 3.3.5): fold=0 says both. Raises OverflowError outside of the years 1 to 9999.
    """
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)


def _by_schedule(series: Series, due: date | datetime, completed_at: datetime) -> Advance | None:
    if isinstance(due, datetime):
        began, day = due, due.astimezone(series.zone).date()
    else:
        began, day = series.begins(due), due
    # Two days early: where clocks jumped over midnight, or once over a whole day, an occurrence can begin on a later
    # local day than its own.
    start = date.fromordinal(max(1, day.toordinal() - 2))
    missed = 0
    for day in _after(series.rule, series.anchor, start, series.lasts):
        begins = series.begins(day)
        if begins > max(began, completed_at):
            return Advance(day if series.at is None else begins, missed)
        missed += begins > began
    return None


def _from_completion(series: Series, due: date | datetime, completed_at: datetime) -> Advance | None:
    """The rule begins anew on the day of completion; how many there were before, only `done` knows.

    From some days a rule leads nowhere: each seventh day from a Wednesday on is no Monday. Then it goes on from the
    anchor, to what comes later than both completion and due date.
    """
    count = series.rule.count
    if count is not None and series.done + 1 >= count:
        return None
    today = completed_at.astimezone(series.zone).date()
    rule, anchor, after = replace(series.rule, count=None), today, today
    if next(_matching(rule, today, today), None) is None:
        due_on = due.astimezone(series.zone).date() if isinstance(due, datetime) else due
        anchor, after = series.anchor, max(today, due_on)
    day = next(_after(rule, anchor, after, series.lasts), None)
    if day is None:
        return None
    return Advance(day if series.at is None else series.begins(day), missed=0)


def _lasts_in_utc(rule: Rule) -> Callable[[date], bool]:
    last = rule.until.date() if isinstance(rule.until, datetime) else rule.until or date.max
    return lambda day: day <= last


def _after(rule: Rule, anchor: date, after: date, lasts: Callable[[date], bool]) -> Iterator[date]:
    """The occurrences later than `after`, for as long as the series `lasts`."""
    if after < anchor:
        yield anchor
    if rule.count is None:
        days = _matching(rule, anchor, max(anchor, after))
    else:
        counted = islice(_matching(rule, anchor, anchor), rule.count - 1)
        days = (day for day in counted if day > after)
    yield from takewhile(lasts, days)


def _matching(rule: Rule, anchor: date, after: date) -> Iterator[date]:
    """The days later than `after` that the rule means, without end but that of the calendar."""
    if _never_comes_again(rule, anchor):
        return
    for year, month in _months(rule, anchor, after):
        for number in _days(rule, anchor, year, month):
            day = date(year, month, number)
            if day > after and rule.allows(day):
                yield day


def _never_comes_again(rule: Rule, anchor: date) -> bool:
    """Every seventh day is always the same weekday. To find that out day by day to the year 9999 would take seconds."""
    every_week = rule.freq is Frequency.DAILY and rule.interval % 7 == 0
    return every_week and bool(rule.byday) and all(weekday != anchor.weekday() for weekday, _ in rule.byday)


def _months(rule: Rule, anchor: date, after: date) -> Iterator[tuple[int, int]]:
    """The months from that of `after` on in which FREQ, INTERVAL and BYMONTH leave something to look for."""
    anchors_alone = rule.freq is Frequency.YEARLY and not (rule.bymonth or rule.names_days)
    months = [anchor.month] if anchors_alone else rule.bymonth or range(1, 13)
    for year in range(after.year, date.max.year + 1):
        for month in months:
            years = year - anchor.year
            apart = {Frequency.MONTHLY: 12 * years + month - anchor.month, Frequency.YEARLY: years}.get(rule.freq, 0)
            if apart % rule.interval == 0 and (year, month) >= (after.year, after.month):
                yield year, month


def _days(rule: Rule, anchor: date, year: int, month: int) -> Iterable[int]:
    """The days of a month that FREQ, INTERVAL and the anchor leave over. What the rule names is for `Rule.allows`."""
    length = monthrange(year, month)[1]
    to_anchor = anchor.toordinal() - date(year, month, 1).toordinal() + 1
    if rule.freq is Frequency.DAILY or (rule.freq is Frequency.WEEKLY and not rule.byday):
        step = rule.interval * (1 if rule.freq is Frequency.DAILY else 7)
        return range((to_anchor - 1) % step + 1, length + 1, step)
    if rule.freq is Frequency.WEEKLY:
        monday = to_anchor - anchor.weekday()
        return [day for day in range(1, length + 1) if (day - monday) // 7 % rule.interval == 0]
    return range(1, length + 1) if rule.names_days else [min(anchor.day, length)]

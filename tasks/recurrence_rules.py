"""How a recurrence is written: a subset of RFC 5545, section 3.3.10. Pure: knows no database, no clock, no zone.

    FREQ=MONTHLY;INTERVAL=2;BYMONTH=3,9;BYMONTHDAY=-1;BYDAY=1MO,FR;UNTIL=20261231T220000Z (or COUNT=10)

A rule that is accepted can occur, and is written in one way only (`str`). Which days it means for a series that began
on a certain one is the matter of `recurrence`.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

MAX_CHARACTERS = 200
INTERVALS = range(1, 1000)
COUNTS = range(1, 10_000)

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""Their places are those of `date.weekday()`."""

ALL_KINDS_OF_YEAR = range(date(2000, 1, 1).toordinal(), date(2028, 1, 1).toordinal())
"""The days of 28 years in a row, which hold all fourteen kinds: leap or not, from a Monday to a Sunday."""

_DIGITS = re.compile(r"[0-9]{1,4}")
_ORDINAL = re.compile(r"[+-]?[0-9]{1,2}")
_WEEKDAY = re.compile(rf"(.*?)({'|'.join(WEEKDAYS)})")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z)?")

Item = TypeVar("Item", int, "ByDay")


class BadRule(ValueError):
    """A recurrence that we do not understand, or that could never occur. The text is for people."""


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class ByDay(NamedTuple):
    weekday: int
    """0 is Monday."""

    ordinal: int
    """Which one of the month or year, from its end when negative; 0 is every one."""

    def __str__(self) -> str:
        return f"{self.ordinal or ''}{WEEKDAYS[self.weekday]}"


@dataclass(frozen=True)
class Rule:
    """Made by `parse`, which checks it. Lists are sorted and name nothing twice; an empty one limits nothing."""

    freq: Frequency
    interval: int
    bymonth: tuple[int, ...]
    bymonthday: tuple[int, ...]
    byday: tuple[ByDay, ...]
    until: date | datetime | None
    """Inclusive. A datetime is aware, in UTC."""

    count: int | None

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Takes either case, with or without `RRULE:` before it. Raises BadRule."""
        parts = _parts(text)
        freq, until, count = parts.pop("FREQ", ""), parts.pop("UNTIL", None), parts.pop("COUNT", None)
        if freq not in list(Frequency):
            raise BadRule("A recurrence needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
        if parts.pop("WKST", "MO") != "MO":
            raise BadRule("Weeks begin on Monday here: WKST can only be MO.")
        rule = cls(
            Frequency(freq),
            interval=_number(parts.pop("INTERVAL", "1"), "INTERVAL", INTERVALS),
            bymonth=_list(parts.pop("BYMONTH", None), lambda item: _number(item, "BYMONTH", range(1, 13))),
            bymonthday=_list(parts.pop("BYMONTHDAY", None), lambda item: _ordinal(item, "BYMONTHDAY", 31)),
            byday=_list(parts.pop("BYDAY", None), _weekday),
            until=None if until is None else _until(until),
            count=None if count is None else _number(count, "COUNT", COUNTS),
        )
        if parts:
            raise BadRule(f"“{min(parts)}” is no part of a recurrence here.")
        _check(rule)
        return rule

    def __str__(self) -> str:
        parts = [f"FREQ={self.freq}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        for name, items in (("BYMONTH", self.bymonth), ("BYMONTHDAY", self.bymonthday), ("BYDAY", self.byday)):
            if items:
                parts.append(f"{name}={','.join(map(str, items))}")
        if self.until is not None:
            extended = self.until.isoformat()
            parts.append("UNTIL=" + extended.replace("-", "").replace(":", "").replace("+0000", "Z"))
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        return ";".join(parts)

    @property
    def names_days(self) -> bool:
        """Whether the rule says which days of a month it means, rather than leave that to the anchor."""
        return bool(self.bymonthday or self.byday)

    @property
    def counts_in_the_year(self) -> bool:
        """Whether 1MO is the first Monday of the year, not of a month (RFC 5545, note 2 on BYDAY)."""
        return self.freq is Frequency.YEARLY and not self.bymonth

    def allows(self, day: date) -> bool:
        """Whether BYMONTH, BYMONTHDAY and BYDAY, as far as there are any, all name this day."""
        length = monthrange(day.year, day.month)[1]
        return (
            (not self.bymonth or day.month in self.bymonth)
            and (not self.bymonthday or day.day in self.bymonthday or day.day - length - 1 in self.bymonthday)
            and (not self.byday or self._allows_weekday(day, length))
        )

    def _allows_weekday(self, day: date, length: int) -> bool:
        place = day.day
        if self.counts_in_the_year:
            place, length = day.timetuple().tm_yday, 365 + isleap(day.year)
        ordinals = (0, (place - 1) // 7 + 1, -((length - place) // 7 + 1))
        return any(weekday == day.weekday() and ordinal in ordinals for weekday, ordinal in self.byday)


def _parts(text: str) -> dict[str, str]:
    if len(text) > MAX_CHARACTERS:
        raise BadRule(f"A recurrence has at most {MAX_CHARACTERS} characters.")
    if not text.isascii():  # letters such as "ı" are ASCII once they are capitals
        raise BadRule("A recurrence is written with plain letters and digits.")
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        if name in parts:
            raise BadRule(f"“{name}” is there twice.")
        parts[name] = value
    return parts


def _list(text: str | None, read: Callable[[str], Item]) -> tuple[Item, ...]:
    return () if text is None else tuple(sorted({read(item) for item in text.split(",")}))


def _number(text: str, name: str, allowed: range) -> int:
    if not _DIGITS.fullmatch(text) or int(text) not in allowed:
        raise BadRule(f"{name} takes numbers from {allowed[0]} to {allowed[-1]}, not “{text}”.")
    return int(text)


def _ordinal(text: str, name: str, most: int) -> int:
    if not _ORDINAL.fullmatch(text) or not 1 <= abs(int(text)) <= most:
        raise BadRule(f"{name} takes numbers from 1 to {most}, or from -1 to -{most}, not “{text}”.")
    return int(text)


def _weekday(text: str) -> ByDay:
    match = _WEEKDAY.fullmatch(text)
    if match is None:
        raise BadRule(f"BYDAY takes MO, TU, WE, TH, FR, SA and SU, each perhaps behind a number, not “{text}”.")
    return ByDay(WEEKDAYS.index(match[2]), _ordinal(match[1], "BYDAY", 53) if match[1] else 0)


def _until(text: str) -> date | datetime:
    try:
        match = _UNTIL.fullmatch(text)
        if match is None:
            raise ValueError
        return datetime.fromisoformat(text).astimezone(UTC) if match[1] else date.fromisoformat(text)
    except ValueError:
        raise BadRule(f"UNTIL takes a day like 20261231, or an instant like 20261231T220000Z, not “{text}”.") from None


def _check(rule: Rule) -> None:
    """What RFC 5545 forbids, and what no calendar holds."""
    if rule.until is not None and rule.count is not None:
        raise BadRule("A recurrence ends by UNTIL or by COUNT, not by both.")
    if rule.bymonthday and rule.freq is Frequency.WEEKLY:
        raise BadRule("BYMONTHDAY has no place in a week.")
    most = {Frequency.MONTHLY: 5, Frequency.YEARLY: 53 if rule.counts_in_the_year else 5}.get(rule.freq, 0)
    if any(abs(ordinal) > most for _, ordinal in rule.byday):
        raise BadRule("BYDAY counts weekdays of a month up to 5, of a year up to 53, and none of a day or week.")
    if not any(rule.allows(date.fromordinal(ordinal)) for ordinal in ALL_KINDS_OF_YEAR):
        raise BadRule("No day is like that: this would never occur.")

"""A reminder fires once, at the time its person would expect on the clock on the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tasks.reminding import fires_at, firing_key

WARSAW = "Europe/Warsaw"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"


def fires(zone, *, at=None, on=None, minutes_before=None, due=None):
    return fires_at(zone=ZoneInfo(zone), at=at, on=on, minutes_before=minutes_before, due=due)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_absolute_reminder_fires_at_its_instant_with_or_without_a_due_date():
    assert fires(WARSAW, at=utc("2026-05-04T10:15Z")) == utc("2026-05-04T10:15Z")
    found = fires(WARSAW, at=utc("2026-05-04T12:15+02:00"), due=date(2026, 6, 1))
    assert found == utc("2026-05-04T10:15Z")
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "on", "expected"),
    [
        (WARSAW, date(2026, 1, 15), "2026-01-15T06:00Z"),
        (WARSAW, date(2026, 3, 28), "2026-03-28T06:00Z"),
        (WARSAW, date(2026, 3, 29), "2026-03-29T05:00Z"),
        (WARSAW, date(2026, 10, 24), "2026-10-24T05:00Z"),
        (WARSAW, date(2026, 10, 25), "2026-10-25T06:00Z"),
        (NEW_YORK, date(2026, 3, 8), "2026-03-08T11:00Z"),
        (NEW_YORK, date(2026, 11, 1), "2026-11-01T12:00Z"),
        (LORD_HOWE, date(2026, 4, 4), "2026-04-03T20:00Z"),
        (LORD_HOWE, date(2026, 4, 5), "2026-04-04T20:30Z"),
        (LORD_HOWE, date(2026, 10, 4), "2026-10-03T20:00Z"),
    ],
)
def test_a_reminder_for_a_day_fires_at_seven_in_the_morning(zone, on, expected):
    assert fires(zone, on=on) == utc(expected)
    assert fires(zone, on=on, due=date(2030, 1, 1)) == utc(expected)


@pytest.mark.parametrize(
    ("minutes_before", "due", "expected"),
    [
        (0, "2026-05-04T10:00Z", "2026-05-04T10:00Z"),
        (15, "2026-05-04T10:00Z", "2026-05-04T09:45Z"),
        (1440, "2026-05-04T10:00Z", "2026-05-03T10:00Z"),
        # An hour before 03:30 on the day that has no 02:30 is 01:30: elapsed time, not the wall's.
        (60, "2026-03-29T01:30Z", "2026-03-29T00:30Z"),
    ],
)
def test_before_a_time_the_minutes_are_elapsed(minutes_before, due, expected):
    found = fires(WARSAW, minutes_before=minutes_before, due=utc(due))
    assert found == utc(expected)
    assert found.tzinfo is UTC
    local_due = utc(due).astimezone(ZoneInfo(WARSAW))
    assert fires(WARSAW, minutes_before=minutes_before, due=local_due) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "minutes_before", "due", "expected"),
    [
        (WARSAW, 0, date(2026, 5, 4), "2026-05-04T05:00Z"),
        (WARSAW, 60, date(2026, 5, 4), "2026-05-04T04:00Z"),
        (WARSAW, 1439, date(2026, 5, 4), "2026-05-03T05:01Z"),
        (WARSAW, 1440, date(2026, 5, 4), "2026-05-03T05:00Z"),
        (WARSAW, 2 * 1440 + 30, date(2026, 5, 4), "2026-05-02T04:30Z"),
        (WARSAW, 1440, date(2026, 3, 1), "2026-02-28T06:00Z"),
        # 07:00 on either side of a change of clocks, though 23, 25 or 24½ hours lie between
        (WARSAW, 1440, date(2026, 3, 29), "2026-03-28T06:00Z"),
        (WARSAW, 1440, date(2026, 10, 25), "2026-10-24T05:00Z"),
        (NEW_YORK, 7 * 1440, date(2026, 3, 12), "2026-03-05T12:00Z"),
        (LORD_HOWE, 1440, date(2026, 4, 5), "2026-04-03T20:00Z"),
    ],
)
def test_before_a_day_whole_days_are_those_of_the_calendar(zone, minutes_before, due, expected):
    assert fires(zone, minutes_before=minutes_before, due=due) == utc(expected)


def test_a_relative_reminder_of_a_task_without_a_due_date_does_not_fire():
    assert fires(WARSAW, minutes_before=60) is None
    assert fires(WARSAW, minutes_before=0) is None


def test_a_reminder_that_says_nothing_does_not_fire():
    assert fires(WARSAW, due=date(2026, 5, 4)) is None


def test_a_firing_is_known_by_its_reminder_and_its_instant():
    assert firing_key("Reminder00000001", utc("2026-05-04T10:15Z")) == "Reminder00000001:1777889700000"


def test_the_same_instant_in_another_zone_is_the_same_firing():
    moment = utc("2026-10-25T01:30Z")
    assert firing_key("r", moment.astimezone(ZoneInfo(WARSAW))) == firing_key("r", moment)


def test_the_two_half_past_twos_of_an_autumn_night_are_two_firings():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo(WARSAW))
    assert firing_key("r", first) == firing_key("r", utc("2026-10-25T00:30Z"))
    assert firing_key("r", first.replace(fold=1)) == firing_key("r", utc("2026-10-25T01:30Z"))


def test_a_millisecond_or_a_reminder_apart_is_another_firing():
    moment = utc("2026-05-04T10:15:00.001Z")
    assert firing_key("r", moment) == "r:1777889700001"
    assert firing_key("r", moment + timedelta(milliseconds=1)) == "r:1777889700002"
    assert firing_key("s", moment) == "s:1777889700001"

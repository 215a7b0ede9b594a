"""A recurring task comes next when a person with a calendar and a clock on the wall would say."""

from __future__ import annotations

import random
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from tasks.recurrence import Advance, Series, advance, instant, next_after, occurrences
from tasks.recurrence_rules import BadRule, Rule
from tests.tasks import advance_cases, recurrence_cases


def moment(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def days(text: str) -> list[date]:
    return [date.fromisoformat(day) for day in text.split() if day != "end"]


@pytest.mark.parametrize(("text", "expected"), recurrence_cases.EXPANSIONS)
def test_a_rule_means_these_days(text, expected):
    wanted = days(expected)
    found = list(islice(occurrences(Rule.parse(text), wanted[0]), len(wanted) + 1))
    assert found[: len(wanted)] == wanted
    assert (len(found) == len(wanted)) == expected.endswith("end")


@pytest.mark.parametrize(("text", "anchor", "after", "expected"), recurrence_cases.NEXT)
def test_the_next_day_is_strictly_later(text, anchor, after, expected):
    assert next_after(Rule.parse(text), moment(anchor), moment(after)) == moment(expected)


@pytest.mark.parametrize(("text", "expected"), recurrence_cases.EXPANSIONS)
def test_a_jump_arrives_where_a_walk_does(text, expected):
    rule, wanted = Rule.parse(text), days(expected)
    for before, following in pairwise(wanted):
        assert next_after(rule, wanted[0], before) == following
        assert next_after(rule, wanted[0], following - timedelta(days=1)) == following


@pytest.mark.parametrize(("text", "canonical"), recurrence_cases.CANONICAL)
def test_a_rule_is_written_in_one_way_only(text, canonical):
    rule = Rule.parse(text)
    assert str(rule) == canonical
    assert Rule.parse(canonical) == rule


@pytest.mark.parametrize(("text", "words"), recurrence_cases.BAD)
def test_a_bad_rule_is_refused_in_words(text, words):
    with pytest.raises(BadRule, match=words):
        Rule.parse(text)


@pytest.mark.parametrize(("local", "zone", "expected"), advance_cases.INSTANTS)
def test_a_wall_clock_time_is_this_instant(local, zone, expected):
    wall = datetime.fromisoformat(local)
    found = instant(wall.date(), wall.time(), ZoneInfo(zone))
    assert found == moment(expected)
    assert found.tzinfo is UTC


def test_a_time_that_came_with_a_fold_is_still_the_first_of_both():
    assert instant(date(2026, 10, 25), time(2, 30, fold=1), ZoneInfo("Europe/Warsaw")) == moment("2026-10-25T00:30Z")


def check(series: Series, due: str, completed_at: str, expected: str | None, missed: int) -> None:
    found = advance(series, due=moment(due), completed_at=moment(completed_at))
    assert found == (None if expected is None else Advance(moment(expected), missed))
    if found is not None and series.at is not None:
        assert found.due.tzinfo is UTC


@pytest.mark.parametrize(("rule", "anchor", "zone", "due", "completed_at", "expected", "missed"), advance_cases.ALL_DAY)
def test_an_all_day_task_is_next_due_on_a_date(rule, anchor, zone, due, completed_at, expected, missed):
    series = Series(Rule.parse(rule), moment(anchor), None, ZoneInfo(zone), from_completion=False, done=0)
    check(series, due, completed_at, expected, missed)


@pytest.mark.parametrize(
    ("rule", "anchor", "at", "zone", "due", "completed_at", "expected", "missed"), advance_cases.TIMED
)
def test_a_timed_task_keeps_its_wall_clock(rule, anchor, at, zone, due, completed_at, expected, missed):
    at = time.fromisoformat(at)
    series = Series(Rule.parse(rule), moment(anchor), at, ZoneInfo(zone), from_completion=False, done=0)
    check(series, due, completed_at, expected, missed)


@pytest.mark.parametrize("due", ["2026-04-01", "2026-05-05", "2026-06-30"])
@pytest.mark.parametrize(
    ("rule", "anchor", "at", "zone", "done", "completed_at", "expected"), advance_cases.FROM_COMPLETION
)
def test_from_completion_only_the_completion_counts(rule, anchor, at, zone, done, completed_at, expected, due):
    at = at and time.fromisoformat(at)
    series = Series(Rule.parse(rule), moment(anchor), at, ZoneInfo(zone), from_completion=True, done=done)
    check(series, due, completed_at, expected, missed=0)


@pytest.mark.parametrize(
    ("rule", "due", "completed_at", "expected"),
    [
        # The anchor is a Monday. Each seventh day from a Wednesday on is none: on it goes from the anchor.
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-05-04", "2026-05-06T10:00Z", "2026-05-11"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-05-04", "2026-05-20T10:00Z", "2026-05-25"),
        ("FREQ=DAILY;INTERVAL=14;BYDAY=MO", "2026-05-04", "2026-05-06T10:00Z", "2026-05-18"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-05-04", "2026-05-01T10:00Z", "2026-05-11"),  # early, and not again
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-05-25", "2026-05-06T10:00Z", "2026-06-01"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-05-04", "2026-05-11T10:00Z", "2026-05-18"),  # on a Monday, as ever
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=5;BYMONTHDAY=4", "2026-05-04", "2026-06-06T10:00Z", "2027-05-04"),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTH=5;BYDAY=MO", "2026-05-25", "2026-06-06T10:00Z", "2027-05-03"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=2", "2026-05-04", "2026-06-17T10:00Z", "2026-06-22"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO;UNTIL=20260511", "2026-05-04", "2026-05-06T10:00Z", "2026-05-11"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO;UNTIL=20260510", "2026-05-04", "2026-05-06T10:00Z", None),
        # From the day of completion it comes again, but too late: that is the end, whatever the anchor says.
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20260508", "2026-05-04", "2026-05-06T10:00Z", None),
    ],
)
def test_from_completion_a_day_that_leads_nowhere_does_not_end_the_series(rule, due, completed_at, expected):
    series = Series(Rule.parse(rule), date(2026, 5, 4), None, ZoneInfo(advance_cases.WARSAW), True, done=0)
    check(series, due, completed_at, expected, missed=0)


def test_by_schedule_count_does_not_ask_what_was_done():
    series = Series(Rule.parse("FREQ=DAILY;COUNT=3"), date(2026, 5, 4), None, ZoneInfo("UTC"), False, done=50)
    check(series, "2026-05-04", "2026-05-04T10:00Z", "2026-05-05", 0)


def test_an_instant_of_completion_without_a_zone_is_refused():
    series = Series(Rule.parse("FREQ=DAILY"), date(2026, 5, 4), None, ZoneInfo("UTC"), True, done=0)
    with pytest.raises(AssertionError):
        advance(series, due=date(2026, 5, 4), completed_at=datetime(2026, 5, 4))  # noqa: DTZ001 (the mistake itself)


@pytest.mark.parametrize("anchor", ["2026-01-31", "2028-01-30", "2027-10-29", "2024-02-29", "2026-05-12"])
@pytest.mark.parametrize("interval", [1, 2, 3, 5, 12, 13])
def test_months_take_the_last_day_where_they_are_too_short_for_the_anchors(anchor, interval):
    anchor = date.fromisoformat(anchor)
    found = list(islice(occurrences(Rule.parse(f"FREQ=MONTHLY;INTERVAL={interval}"), anchor), 200))
    assert len(found) == 200
    for place, day in enumerate(found):
        months = anchor.year * 12 + anchor.month - 1 + place * interval
        assert (day.year, day.month - 1) == divmod(months, 12)
        # Either the anchor's day, or the day before a first that the anchor's day would have passed.
        assert day.day == anchor.day or ((day + timedelta(days=1)).day == 1 and day.day < anchor.day)


@pytest.mark.parametrize("interval", [1, 2, 3, 4, 100])
def test_years_take_28_february_where_they_have_no_29th(interval):
    found = list(islice(occurrences(Rule.parse(f"FREQ=YEARLY;INTERVAL={interval}"), date(1896, 2, 29)), 60))
    assert [day.year for day in found] == [1896 + place * interval for place in range(60)]
    assert all((day.month, day.day) == (2, monthrange(day.year, 2)[1]) for day in found)


# The comparison with dateutil, which speaks RFC 5545, too. It differs in three things, each of which is accounted for:
# it skips months that are too short (so no rule that clamps is compared), it does not count a DTSTART that the rule
# does not name (so the anchor is put before, and takes one of COUNT), and of a BYDAY with both MO and 1MO it takes the
# days that are in both lists rather than in either (so such rules are not compared).

YEARS = 150


def dateutil_can_say(rule: Rule, anchor: date) -> bool:
    clamps = rule.freq in ("MONTHLY", "YEARLY") and not rule.names_days and anchor.day > 28
    return not clamps and len({weekday.ordinal == 0 for weekday in rule.byday}) < 2


def by_dateutil(rule: Rule, anchor: date, most: int) -> list[date]:
    # dateutil wants DTSTART and UNTIL to be of one kind: both in UTC, or both nowhere.
    start = datetime.combine(anchor, time(), tzinfo=UTC if isinstance(rule.until, datetime) else None)
    told = rrulestr(str(rule), dtstart=start)
    if rule.until is None and rule.count is None:  # dateutil would walk on to the year 9999, however little there is
        told = told.replace(until=datetime(min(anchor.year + YEARS, 9999), 12, 31))  # noqa: DTZ001 (as DTSTART, without a zone)
    theirs = [found.date() for found in islice(told, most)]
    if anchor in theirs[:1]:
        return theirs
    return [anchor, *theirs][: min(most, rule.count or most)]


def within_years(found: list[date], anchor: date) -> list[date]:
    return [day for day in found if day.year <= anchor.year + YEARS]


COMPARABLE = [
    (text, days(expected)[0])
    for text, expected in recurrence_cases.EXPANSIONS
    if dateutil_can_say(Rule.parse(text), days(expected)[0])
]


def test_most_of_the_table_is_compared():
    assert len(COMPARABLE) >= 70


@pytest.mark.parametrize(("text", "anchor"), COMPARABLE)
def test_dateutil_finds_the_same_days_for_the_table(text, anchor):
    rule = Rule.parse(text)
    ours = list(islice(occurrences(rule, anchor), 60))
    assert within_years(ours, anchor) == within_years(by_dateutil(rule, anchor, 60), anchor)


def a_rule(dice: random.Random) -> str:
    freq = dice.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={freq}", f"INTERVAL={dice.choice([1, 1, 1, 2, 3, 4, 5, 7, 11])}"]
    if dice.random() < 0.3:
        parts.append("BYMONTH=" + ",".join(str(dice.randint(1, 12)) for _ in range(dice.randint(1, 4))))
    if freq != "WEEKLY" and dice.random() < 0.35:
        numbers = [number for number in range(-31, 32) if number]
        parts.append("BYMONTHDAY=" + ",".join(map(str, dice.sample(numbers, dice.randint(1, 8)))))
    if dice.random() < 0.5:
        ordinals = [1, 2, 3, 4, 5, -1, -2, -5] if freq in ("MONTHLY", "YEARLY") and dice.random() < 0.6 else [""]
        weekdays = dice.sample(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], dice.randint(1, 4))
        parts.append("BYDAY=" + ",".join(f"{dice.choice(ordinals)}{weekday}" for weekday in weekdays))
    if dice.random() < 0.3:
        parts.append(f"COUNT={dice.randint(1, 50)}")
    elif dice.random() < 0.3:
        parts.append(f"UNTIL=20{dice.randint(26, 60)}0{dice.randint(1, 9)}{dice.randint(10, 28)}")
    return ";".join(parts)


def a_rule_and_an_anchor(dice: random.Random) -> tuple[Rule, date]:
    """One of those that dateutil can express and that can occur; others are thrown again."""
    while True:
        anchor = date(2020, 1, 1) + timedelta(days=dice.randrange(3000))
        try:
            rule = Rule.parse(a_rule(dice))
        except BadRule:
            continue
        # An UNTIL before the anchor leaves the anchor here, and nothing there.
        if dateutil_can_say(rule, anchor) and not (rule.until and rule.until < anchor):
            return rule, anchor


@pytest.mark.parametrize("seed", range(400))
def test_dateutil_finds_the_same_days_for_random_rules(seed):
    rule, anchor = a_rule_and_an_anchor(random.Random(seed))
    ours = list(islice(occurrences(rule, anchor), 60))
    assert within_years(ours, anchor) == within_years(by_dateutil(rule, anchor, 60), anchor), f"{rule} from {anchor}"
    assert Rule.parse(str(rule)) == rule
    for before, following in pairwise(ours):
        assert next_after(rule, anchor, before) == following


@pytest.mark.parametrize(
    ("text", "anchor", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", date(2026, 5, 4), None),
        ("FREQ=YEARLY;INTERVAL=400;BYDAY=53MO", date(2025, 5, 4), None),
        ("FREQ=DAILY", date(1, 1, 1), date(9000, 1, 2)),
    ],
)
def test_nothing_walks_through_the_ages(text, anchor, expected):
    """By what is done, not by a clock: day by day each of these would ask for millions of days."""
    asked = 0
    real = Rule.allows

    def counting(rule: Rule, day: date) -> bool:
        nonlocal asked
        asked += 1
        return real(rule, day)

    rule = Rule.parse(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "allows", counting)
        assert next_after(rule, anchor, max(anchor, date(9000, 1, 1)) if expected else anchor) == expected
    assert asked < 10_000

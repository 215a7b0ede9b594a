"""A task comes again by a rule that people set, change and take off."""

from __future__ import annotations

import pytest

from tests.api.caller import everything
from tests.tasks.busy import done, made
from tests.tasks.kept import listed
from tests.tasks.test_completing import daily


@pytest.fixture
def project(owner, team) -> str:
    return made(owner.post("projects", {"team": team, "name": "Project"}))


def errors(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_what_does_not_mention_the_recurrence_leaves_it_alone(owner, project):
    task = daily(owner, project, rule="FREQ=DAILY;COUNT=3")
    done(owner.post(f"tasks/{task}/completion"))
    before = done(owner.get(f"tasks/{task}"))
    section = made(owner.post("sections", {"project": project, "name": "Section"}))
    for change in ({"name": "Other"}, {"time_needed_minutes": 5}, {"section": section}, {"tags": []}, {}):
        done(owner.patch(f"tasks/{task}", change))
    done(owner.post("tasks/changes", {"tasks": [task], "set": {"section": None, "time_needed_minutes": None}}))
    done(owner.patch(f"tasks/{task}", {"due_on": "2031-03-05"}))
    after = done(owner.get(f"tasks/{task}"))
    assert after["recurrence"] == before["recurrence"]
    assert before["recurrence"] == {
        "rule": "FREQ=DAILY;COUNT=3", "mode": "schedule", "time_zone": "Europe/Warsaw", "starts_on": "2031-03-01",
    }  # fmt: skip
    assert after["occurrence"] == 2


def test_the_same_recurrence_said_again_goes_on_counting(owner, project):
    task = daily(owner, project, rule="FREQ=DAILY;COUNT=3")
    done(owner.post(f"tasks/{task}/completion"))
    before = done(owner.get(f"tasks/{task}"))
    said = {name: before["recurrence"][name] for name in ("rule", "mode", "time_zone")}
    assert done(owner.patch(f"tasks/{task}", {"recurrence": said}))["recurrence"] == before["recurrence"]
    done(owner.post(f"tasks/{task}/completion"))
    assert done(owner.post(f"tasks/{task}/completion"))["id"] == task  # the third is the last


def test_a_time_of_day_that_is_moved_is_that_of_all_later_ones(owner, project):
    task = daily(owner, project, due_on=None, due_at="2031-03-28T09:00:00+01:00")
    done(owner.patch(f"tasks/{task}", {"due_at": "2031-03-28T17:30:00+01:00"}))
    dues = []
    for _ in range(3):
        done(owner.post(f"tasks/{task}/completion"))
        dues.append(done(owner.get(f"tasks/{task}"))["due_at"])
    assert dues == ["2031-03-29T16:30:00Z", "2031-03-30T15:30:00Z", "2031-03-31T15:30:00Z"]


@pytest.mark.parametrize("many", [False, True])
def test_a_task_gets_a_time_of_day_and_a_whole_day_again(owner, project, many):
    task = daily(owner, project)

    def move(**due) -> None:
        if many:
            done(owner.post("tasks/changes", {"tasks": [task], "set": due}))
        else:
            done(owner.patch(f"tasks/{task}", due))

    move(due_at="2031-03-01T10:00:00+01:00")
    done(owner.post(f"tasks/{task}/completion"))
    assert done(owner.get(f"tasks/{task}"))["due_at"] == "2031-03-02T09:00:00Z"
    move(due_on="2031-03-02")
    done(owner.post(f"tasks/{task}/completion"))
    after = done(owner.get(f"tasks/{task}"))
    assert (after["due_on"], after["due_at"]) == ("2031-03-03", None)


@pytest.mark.parametrize("zone", ["Factory", "localtime", "posix/Europe/Warsaw", "right/UTC"])
def test_a_zone_that_is_no_place_is_refused(owner, project, zone):
    task = daily(owner, project)
    before = everything()
    answer = owner.patch(f"tasks/{task}", {"recurrence": {"rule": "FREQ=WEEKLY", "time_zone": zone}})
    assert errors(answer) == [("recurrence.time_zone", "unknown_time_zone")]
    assert errors(owner.patch("me", {"time_zone": zone})) == [("time_zone", "unknown_time_zone")]
    assert everything() == before


def test_null_takes_the_recurrence_off(owner, project):
    task = daily(owner, project)
    assert done(owner.patch(f"tasks/{task}", {"recurrence": None}))["recurrence"] is None
    assert done(owner.post(f"tasks/{task}/completion"))["id"] == task


def test_null_takes_the_recurrence_off_together_with_the_due_date(owner, project):
    task = daily(owner, project)
    after = done(owner.patch(f"tasks/{task}", {"due_on": None, "recurrence": None}))
    assert (after["due_on"], after["recurrence"]) == (None, None)


def test_a_due_date_and_a_recurrence_come_together(owner, project):
    task = made(owner.post("tasks", {"project": project, "name": "Once"}))
    given = {"due_on": "2031-05-05", "recurrence": {"rule": "rrule:freq=weekly;byday=mo,mo", "time_zone": "Asia/Tokyo"}}
    after = done(owner.patch(f"tasks/{task}", given))
    assert after["recurrence"] == {
        "rule": "FREQ=WEEKLY;BYDAY=MO", "mode": "schedule", "time_zone": "Asia/Tokyo", "starts_on": "2031-05-05",
    }  # fmt: skip


def test_a_recurrence_without_a_due_date_is_refused(owner, project):
    once = made(owner.post("tasks", {"project": project, "name": "Once"}))
    task = daily(owner, project)
    before = everything()
    rule = {"recurrence": {"rule": "FREQ=DAILY"}}
    assert errors(owner.post("tasks", {"project": project, "name": "New"} | rule)) == [("recurrence", "due")]
    assert errors(owner.patch(f"tasks/{once}", rule)) == [("recurrence", "due")]
    assert errors(owner.patch(f"tasks/{task}", {"due_on": None})) == [("due_on", "due")]
    assert errors(owner.post("tasks/changes", {"tasks": [once, task], "set": {"due_on": None}})) == [("due_on", "due")]
    assert everything() == before


@pytest.mark.parametrize(
    ("recurrence", "wrong"),
    [
        ({"rule": "FREQ=HOURLY"}, [("recurrence.rule", "invalid")]),
        ({"rule": "FREQ=DAILY;COUNT=1;UNTIL=20310101"}, [("recurrence.rule", "invalid")]),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, [("recurrence.rule", "invalid")]),
        ({"rule": ""}, [("recurrence.rule", "blank")]),
        ({"rule": 7}, [("recurrence.rule", "invalid")]),
        ({"rule": "FREQ=DAILY;" * 30}, [("recurrence.rule", "max_length")]),
        ({}, [("recurrence.rule", "required")]),
        ({"mode": "completion"}, [("recurrence.rule", "required")]),
        ({"rule": "FREQ=DAILY", "mode": "sometimes"}, [("recurrence.mode", "invalid_choice")]),
        ({"rule": "FREQ=DAILY", "time_zone": "Mars/Olympus"}, [("recurrence.time_zone", "unknown_time_zone")]),
        ({"rule": "FREQ=DAILY", "starts_on": "2031-01-01"}, [("recurrence.starts_on", "unknown_field")]),
        (
            {"rule": "x", "time_zone": "y"},
            [("recurrence.rule", "invalid"), ("recurrence.time_zone", "unknown_time_zone")],
        ),
        ("FREQ=DAILY", [("recurrence", "invalid")]),
    ],
)
def test_a_rule_that_is_none_is_refused_by_the_field_that_is_wrong(owner, project, recurrence, wrong):
    task = made(owner.post("tasks", {"project": project, "name": "Once", "due_on": "2031-03-01"}))
    before = everything()
    new = {"project": project, "name": "New", "due_on": "2031-03-01", "recurrence": recurrence}
    assert errors(owner.patch(f"tasks/{task}", {"recurrence": recurrence})) == wrong
    assert errors(owner.post("tasks", new)) == wrong
    assert everything() == before


def test_the_copy_of_an_occurrence_does_not_come_again(owner, project):
    task = daily(owner, project)
    copy = made(owner.post(f"tasks/{task}/completion"))
    before = everything()
    assert errors(owner.patch(f"tasks/{copy}", {"recurrence": {"rule": "FREQ=DAILY"}})) == [("recurrence", "copy")]
    assert everything() == before


@pytest.mark.parametrize("many", [False, True])
def test_a_task_is_due_on_a_day_or_at_a_time(owner, project, many):
    task = made(owner.post("tasks", {"project": project, "name": "Once"}))
    before = everything()
    both = {"due_on": "2031-03-01", "due_at": "2031-03-01T09:00:00Z"}
    path, body = (f"tasks/{task}", both) if not many else ("tasks/changes", {"tasks": [task], "set": both})
    assert errors(owner.ask("POST" if many else "PATCH", path, body)) == [("due_at", "both")]
    assert everything() == before


def test_many_tasks_leave_their_sections_and_not_their_projects(owner, team, project):
    other = made(owner.post("projects", {"team": team, "name": "Other"}))
    tasks = {}
    for place in (project, other):
        section = made(owner.post("sections", {"project": place, "name": "Section"}))
        for number in range(2):
            given = {"project": place, "section": section, "name": f"{number}"}
            tasks[made(owner.post("tasks", given))] = place
    rows = done(owner.post("tasks/changes", {"tasks": list(tasks), "set": {"section": None}}))["results"]
    assert {row["id"]: row["project"] for row in rows} == tasks
    assert {row["section"] for row in rows} == {None}
    assert len({(row["project"], row["position"]) for row in rows}) == 4


def test_many_tasks_that_are_moved_stand_in_the_order_in_which_they_were_named(owner, team, project):
    other = made(owner.post("projects", {"team": team, "name": "Other"}))
    tasks = [made(owner.post("tasks", {"project": project, "name": f"{number}"})) for number in range(6)]
    done(owner.post("tasks/changes", {"tasks": tasks, "set": {"project": other}}))
    assert [row["id"] for row in listed(owner, "tasks", f"project={other}&order=position")] == tasks

"""Done, open again, given up; and tasks that come again, of which each occurrence leaves an ended copy behind."""

from __future__ import annotations

import hashlib
import string
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.api.caller import everything
from tests.tasks.busy import busy_project, done, made
from tests.tasks.kept import ids, listed, stored

WARSAW = ZoneInfo("Europe/Warsaw")
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


@pytest.fixture
def busy(db) -> dict[str, str]:
    return busy_project()


@pytest.fixture
def project(owner, team) -> str:
    return made(owner.post("projects", {"team": team, "name": "Project"}))


def daily(owner, project: str, **given) -> str:
    recurrence = {"rule": given.pop("rule", "FREQ=DAILY"), "mode": given.pop("mode", "schedule")}
    given = {"project": project, "name": "Water the plants", "due_on": "2031-03-01", "recurrence": recurrence} | given
    return made(owner.post("tasks", given))


def id_of_copy(task: str, occurrence: int) -> str:
    """As a client without a network works it out."""
    digest = hashlib.sha256(f"occurrence:{task}:{occurrence}".encode()).digest()
    return "".join(DIGITS[byte % 62] for byte in digest[:16])


def test_a_task_is_done_and_opened_again(owner, busy):
    address = f"tasks/{busy['loose']}/completion"
    rows = stored()
    ended = done(owner.post(address))
    assert (ended["id"], ended["series"], ended["missed"]) == (busy["loose"], None, 0)
    assert ended["ended_at"] is not None
    before = everything()
    assert done(owner.post(address)) == ended
    assert everything() == before
    for _ in range(2):
        assert done(owner.delete(address))["ended_at"] is None
        assert stored() == rows


def test_a_task_is_given_up_and_taken_up_again(owner, busy):
    address = f"tasks/{busy['loose']}/abandonment"
    rows = stored()
    abandoned = done(owner.post(address))
    assert abandoned["abandoned_at"] is not None
    assert abandoned["ended_at"] is None
    assert done(owner.post(address)) == abandoned
    for _ in range(2):
        assert done(owner.delete(address))["abandoned_at"] is None
        assert stored() == rows


def test_what_is_done_is_not_given_up_and_what_was_given_up_is_not_done(owner, busy):
    done(owner.post(f"tasks/{busy['loose']}/abandonment"))
    done(owner.post(f"tasks/{busy['task']}/abandonment"))
    before = everything()
    for answer in (
        owner.post(f"tasks/{busy['ended']}/abandonment"),
        owner.post(f"tasks/{busy['loose']}/completion"),
        owner.post(f"tasks/{busy['task']}/completion"),  # a recurring one
        owner.post("tasks/changes", {"tasks": [busy["ended"], busy["neighbour"]], "set": {"abandoned": True}}),
        owner.post("tasks/changes", {"tasks": [busy["loose"], busy["neighbour"]], "set": {"ended": True}}),
        owner.post("tasks/changes", {"tasks": [busy["task"], busy["neighbour"]], "set": {"ended": True}}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "another_state")
    assert everything() == before


def test_completing_a_recurring_task_leaves_one_ended_copy_with_the_derived_id(owner, busy):
    before = done(owner.get(f"tasks/{busy['task']}"))
    copy = done(owner.post(f"tasks/{busy['task']}/completion"))
    after = done(owner.get(f"tasks/{busy['task']}"))
    assert copy["id"] == id_of_copy(busy["task"], 1)
    assert (copy["series"], copy["occurrence"], copy["missed"], copy["recurrence"]) == (busy["task"], 1, 0, None)
    assert copy["ended_at"] is not None
    own = ("id", "series", "recurrence", "ended_at", "position", "created_at", "changed_at", "tags")
    assert {name: copy[name] for name in copy if name not in own} == {
        name: before[name] for name in before if name not in own
    }
    assert copy["position"] > before["position"]
    moved = {"due_at": "2031-02-28T08:00:00Z", "occurrence": 2}  # 31 January has no fellow in February
    assert after | {"changed_at": None} == before | moved | {"changed_at": None}
    assert done(owner.post(f"tasks/{busy['task']}/completion"))["due_at"] == "2031-02-28T08:00:00Z"
    assert done(owner.get(f"tasks/{busy['task']}"))["due_at"] == "2031-03-31T07:00:00Z"


def test_the_copy_has_the_tags_of_everybody(owner, member, busy):
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))
    team_tags = {busy["tag"], busy["other_tag"]}
    for task in (copy, busy["task"]):
        assert set(done(owner.get(f"tasks/{task}"))["tags"]) == team_tags
        assert set(done(member.get(f"tasks/{task}"))["tags"]) == team_tags | {busy["private_tag"]}


def test_checklists_begin_anew_and_stay_on_the_copy_as_they_stood(owner, busy):
    before = listed(owner, "checklist-items", "order=position")
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))

    def lines(task: str, *, ended: bool = True) -> list[tuple]:
        found = listed(owner, "checklist-items", f"task={task}&order=position")
        return sorted((row["position"], row["name"], ended and row["ended_at"]) for row in found)

    assert lines(copy) == sorted((row["position"], row["name"], row["ended_at"]) for row in before)
    assert lines(busy["task"], ended=False) == lines(copy, ended=False)
    after = listed(owner, "checklist-items", f"task={busy['task']}&order=position")
    assert [(row["id"], row["comment"], row["ended_at"]) for row in after] == [
        (row["id"], row["comment"], None) for row in before
    ]


def test_what_is_in_the_trash_stays_there_when_the_task_is_completed(owner, busy):
    done(owner.post(f"comments/{busy['comment']}/trash"))
    done(owner.post(f"checklist-items/{busy['ticked']}/trash"))
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))
    assert {row["name"] for row in listed(owner, "checklist-items", f"task={copy}")} == {"item", "moved"}
    done(owner.delete(f"comments/{busy['comment']}/trash"))
    done(owner.delete(f"checklist-items/{busy['ticked']}/trash"))
    for name in ("ticked", "ticked_in_comment"):
        assert done(owner.get(f"checklist-items/{busy[name]}"))["ended_at"] is not None


def test_comments_stay_with_the_series(owner, busy):
    comments = listed(owner, "comments", f"task={busy['task']}")
    assert len(comments) == 2
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))
    assert listed(owner, "comments", f"task={busy['task']}") == comments
    assert listed(owner, "comments", f"task={copy}") == []


def test_relative_reminders_stay_and_absolute_ones_go_with_the_copy(owner, member, busy):
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))
    for caller, whose in ((owner, "owners"), (member, "members")):
        by_task = {task: ids(caller, "me/reminders", f"task={task}") for task in (copy, busy["task"])}
        assert by_task[copy] == {busy[f"{whose}_reminder_0"], busy[f"{whose}_reminder_1"]}
        assert by_task[busy["task"]] == {busy[f"{whose}_reminder_2"]}
    [relative] = listed(owner, "me/reminders", f"task={busy['task']}")
    assert relative["fires_at"] == "2031-02-28T07:30:00Z"


def test_a_star_stays_with_the_series(owner, busy):
    done(owner.post(f"tasks/{busy['task']}/completion"))
    assert ids(owner, "me/priority") == {busy["task"]}


def test_occurrences_that_went_by_are_counted_on_the_copy(owner, project):
    today = datetime.now(WARSAW).date()
    due = today - timedelta(days=24)  # missed: 17, 10 and 3 days ago
    task = daily(owner, project, rule="FREQ=WEEKLY", due_on=due.isoformat())
    copy = done(owner.post(f"tasks/{task}/completion"))
    assert (copy["missed"], copy["due_on"]) == (3, due.isoformat())
    assert done(owner.get(f"tasks/{task}"))["due_on"] == (today + timedelta(days=4)).isoformat()


def test_from_completion_the_next_one_counts_from_today(owner, project):
    days = {datetime.now(WARSAW).date() + timedelta(days=3)}
    task = daily(owner, project, rule="FREQ=DAILY;INTERVAL=3", mode="completion")
    assert done(owner.post(f"tasks/{task}/completion"))["missed"] == 0
    days |= {datetime.now(WARSAW).date() + timedelta(days=3)}  # midnight may have passed
    assert done(owner.get(f"tasks/{task}"))["due_on"] in {day.isoformat() for day in days}


def test_from_completion_on_a_day_that_the_rule_never_meets_the_series_goes_on(owner, project):
    today = datetime.now(WARSAW).date()
    due = today - timedelta(days=3)
    rule = f"FREQ=DAILY;INTERVAL=7;BYDAY={('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[due.weekday()]}"
    task = daily(owner, project, rule=rule, mode="completion", due_on=due.isoformat())
    assert done(owner.post(f"tasks/{task}/completion"))["series"] == task
    assert done(owner.get(f"tasks/{task}"))["due_on"] == (due + timedelta(days=7)).isoformat()


def test_the_same_occurrence_completed_twice_is_answered_with_the_same_copy(owner, member, busy):
    address = f"tasks/{busy['task']}/completion"
    copy = done(owner.post(address, {"occurrence": 1}))
    before = everything()
    again = done(owner.post(address, {"occurrence": 1}))
    assert again == copy
    assert done(member.post(address, {"occurrence": 1}))["id"] == copy["id"]
    assert everything() == before


@pytest.mark.parametrize("occurrence", [2, 99, 2**31 - 1])
def test_an_occurrence_that_the_task_is_not_at_is_refused(owner, project, occurrence):
    task = daily(owner, project)
    before = everything()
    answer = owner.post(f"tasks/{task}/completion", {"occurrence": occurrence})
    assert (answer.status_code, answer.json()["code"]) == (409, "another_occurrence")
    assert everything() == before


@pytest.mark.parametrize("occurrence", [0, -1, 2**31, "1", 1.5, True, None])
def test_a_number_that_is_none_is_refused(owner, project, occurrence):
    task = daily(owner, project)
    before = everything()
    answer = owner.post(f"tasks/{task}/completion", {"occurrence": occurrence})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["occurrence"]
    assert everything() == before


def test_a_request_sent_twice_with_one_key_leaves_one_copy(owner, project):
    task = daily(owner, project)
    first, again = (owner.post(f"tasks/{task}/completion", Idempotency_Key="once") for _ in range(2))
    assert done(first) == done(again)
    assert again["Idempotency-Replayed"] == "true"
    assert done(owner.get(f"tasks/{task}"))["occurrence"] == 2
    assert ids(owner, "tasks", "ended=true") == {id_of_copy(task, 1)}


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;COUNT=2", "FREQ=DAILY;UNTIL=20310302", "FREQ=DAILY;UNTIL=20310301T230000Z"]
)
def test_the_last_occurrence_ends_the_series_itself(owner, project, rule):
    task = daily(owner, project, rule=rule)
    copy = done(owner.post(f"tasks/{task}/completion"))
    last = done(owner.post(f"tasks/{task}/completion"))
    assert (copy["id"], copy["due_on"]) == (id_of_copy(task, 1), "2031-03-01")
    assert (last["id"], last["due_on"], last["occurrence"], last["series"]) == (task, "2031-03-02", 2, None)
    assert ids(owner, "tasks", "ended=true") == {task, copy["id"]}
    before = everything()
    assert done(owner.post(f"tasks/{task}/completion", {"occurrence": 2})) == last
    assert everything() == before
    assert done(owner.delete(f"tasks/{task}/completion"))["ended_at"] is None
    assert done(owner.post(f"tasks/{task}/completion"))["id"] == task


def test_many_are_completed_at_once_recurring_or_not(owner, busy):
    tasks = [busy["task"], busy["neighbour"], busy["ended"]]
    done(owner.post("tasks/changes", {"tasks": tasks, "set": {"ended": True}}))
    assert ids(owner, "tasks", "ended=true") == {id_of_copy(busy["task"], 1), busy["neighbour"], busy["ended"]}
    assert done(owner.get(f"tasks/{busy['task']}"))["occurrence"] == 2

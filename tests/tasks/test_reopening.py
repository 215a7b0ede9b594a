"""Reopening the copy of an occurrence takes completing back, exactly."""

from __future__ import annotations

import pytest

from tests.api.caller import everything
from tests.tasks.busy import busy_project, done, made
from tests.tasks.kept import Rows, ids, listed, stored
from tests.tasks.test_completing import daily, id_of_copy


@pytest.fixture
def busy(db) -> dict[str, str]:
    return busy_project()


@pytest.fixture
def project(owner, team) -> str:
    return made(owner.post("projects", {"team": team, "name": "Project"}))


def without_counter(rows: Rows, task: str) -> Rows:
    """Occurrences are counted up, never back."""
    rows["tasks_task"][task].pop("occurrence")
    return rows


def test_reopening_the_copy_reverses_completing_exactly(owner, busy):
    before = without_counter(stored(), busy["task"])
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))
    assert without_counter(stored(), busy["task"]) != before
    answered = done(owner.delete(f"tasks/{copy}/completion"))
    assert (answered["id"], answered["occurrence"], answered["ended_at"]) == (busy["task"], 3, None)
    assert without_counter(stored(), busy["task"]) == before
    assert owner.get(f"tasks/{copy}").status_code == 404


def test_two_completions_are_reversed_latest_first(owner, busy):
    states, copies = [], []
    for _ in range(2):
        states.append(without_counter(stored(), busy["task"]))
        copies.append(made(owner.post(f"tasks/{busy['task']}/completion")))
    refused = owner.delete(f"tasks/{copies[0]}/completion")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_the_latest")
    for copy, state in zip(reversed(copies), reversed(states), strict=True):
        done(owner.delete(f"tasks/{copy}/completion"))
        assert without_counter(stored(), busy["task"]) == state


def test_an_older_copy_is_not_reopened_before_the_later_ones(owner, project):
    task = daily(owner, project, rule="FREQ=DAILY;COUNT=3")
    copies = [made(owner.post(f"tasks/{task}/completion")) for _ in range(3)]
    assert copies[2] == task
    before = everything()
    for copy in copies[:2]:
        answer = owner.delete(f"tasks/{copy}/completion")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")
    assert everything() == before
    for opened in reversed(copies):
        assert made(owner.delete(f"tasks/{opened}/completion")) == task
    assert done(owner.get(f"tasks/{task}"))["due_on"] == "2031-03-01"
    assert [made(owner.post(f"tasks/{task}/completion")) == task for _ in range(3)] == [False, False, True]


def test_many_copies_of_one_series_are_reopened_at_once(owner, project):
    task = daily(owner, project)
    copies = [made(owner.post(f"tasks/{task}/completion")) for _ in range(4)]
    answer = done(owner.post("tasks/changes", {"tasks": copies, "set": {"ended": False}}))
    assert answer["results"] == []
    assert ids(owner, "tasks") == {task}
    assert done(owner.get(f"tasks/{task}"))["due_on"] == "2031-03-01"


def test_a_copy_reopened_and_thrown_away_at_once_is_gone_and_on_record_only_as_itself(owner, project):
    task = daily(owner, project)
    copy = made(owner.post(f"tasks/{task}/completion"))
    before = len(everything()["audit.event"])
    done(owner.post("tasks/changes", {"tasks": [copy], "set": {"ended": False, "trashed": True}}))
    events = everything()["audit.event"]
    assert len(events) == before + 2
    assert all(event["object"] is not None for event in events if event["verb"].startswith("task."))
    assert done(owner.get(f"tasks/{task}"))["trashed_at"] is None


def test_completing_after_reopening_makes_another_copy(owner, project):
    task = daily(owner, project)
    first = done(owner.post(f"tasks/{task}/completion"))
    done(owner.delete(f"tasks/{first['id']}/completion"))
    second = done(owner.post(f"tasks/{task}/completion"))
    assert (first["id"], second["id"]) == (id_of_copy(task, 1), id_of_copy(task, 3))
    assert (second["due_on"], second["occurrence"]) == (first["due_on"], 3)
    gone = owner.post(f"tasks/{task}/completion", {"occurrence": 1})
    assert (gone.status_code, gone.json()["code"]) == (409, "another_occurrence")


def test_what_was_written_on_the_copy_survives_reopening(owner, guest, busy):
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))
    comment = made(guest.post("comments", {"task": copy, "body": "Well done"}))
    in_comment = {"task": copy, "comment": comment, "name": "next time"}
    items = {
        made(owner.post("checklist-items", in_comment)),
        made(owner.post("checklist-items", {"task": copy, "name": "also next time"})),
    }
    reminder = made(owner.post("me/reminders", {"task": copy, "on": "2031-05-01"}))
    before = listed(owner, "comments", f"task={copy}")
    done(owner.delete(f"tasks/{copy}/completion"))
    after = [row for row in listed(owner, "comments", f"task={busy['task']}") if row["id"] == comment]
    for row in (*before, *after):
        row["task"] = row["changed_at"] = None
    assert after == before
    assert items <= ids(owner, "checklist-items", f"task={busy['task']}")
    assert len(ids(owner, "checklist-items", f"task={busy['task']}")) == 5 + 2
    assert reminder in ids(owner, "me/reminders", f"task={busy['task']}")


def test_what_is_ticked_off_on_the_copy_is_so_on_the_task_once_reopened(owner, busy):
    copy = made(owner.post(f"tasks/{busy['task']}/completion"))
    [item] = [row for row in listed(owner, "checklist-items", f"task={copy}") if row["name"] == "item"]
    done(owner.post(f"checklist-items/{item['id']}/completion"))
    done(owner.delete(f"tasks/{copy}/completion"))
    assert done(owner.get(f"checklist-items/{busy['item']}"))["ended_at"] is not None


@pytest.mark.parametrize("thrown_away", ["copy", "series"])
def test_nothing_is_reopened_in_the_trash(owner, project, thrown_away):
    task = daily(owner, project)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.post(f"tasks/{copy if thrown_away == 'copy' else task}/trash"))
    before = everything()
    assert owner.delete(f"tasks/{copy}/completion").status_code == 409
    assert everything() == before


def test_a_task_that_got_a_time_of_day_since_goes_back_to_a_whole_day_and_on(owner, project):
    task = daily(owner, project)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.patch(f"tasks/{task}", {"due_at": "2031-03-02T09:00:00+01:00"}))
    back = done(owner.delete(f"tasks/{copy}/completion"))
    assert (back["due_on"], back["due_at"]) == ("2031-03-01", None)
    done(owner.post(f"tasks/{task}/completion"))
    on = done(owner.get(f"tasks/{task}"))
    assert (on["due_on"], on["due_at"]) == ("2031-03-02", None)


def test_a_task_that_got_a_whole_day_since_goes_back_to_its_time_and_on(owner, project):
    task = daily(owner, project, due_at="2031-03-01T09:00:00+01:00", due_on=None)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.patch(f"tasks/{task}", {"due_on": "2031-03-02"}))
    back = done(owner.delete(f"tasks/{copy}/completion"))
    assert (back["due_on"], back["due_at"]) == (None, "2031-03-01T08:00:00Z")
    done(owner.post(f"tasks/{task}/completion"))
    on = done(owner.get(f"tasks/{task}"))
    assert (on["due_on"], on["due_at"]) == (None, "2031-03-02T08:00:00Z")


def test_a_copy_without_a_due_date_is_not_reopened(owner, project):
    task = daily(owner, project)
    copy = done(owner.post(f"tasks/{task}/completion"))["id"]
    done(owner.patch(f"tasks/{copy}", {"due_on": None}))
    before = everything()
    assert owner.delete(f"tasks/{copy}/completion").status_code == 409
    assert everything() == before


def test_a_late_retry_does_not_end_again_what_was_reopened(owner, project):
    task = daily(owner, project, rule="FREQ=DAILY;COUNT=2")
    done(owner.post(f"tasks/{task}/completion", {"occurrence": 1}))
    done(owner.post(f"tasks/{task}/completion", {"occurrence": 2}))
    assert done(owner.delete(f"tasks/{task}/completion"))["occurrence"] == 3
    assert owner.post(f"tasks/{task}/completion", {"occurrence": 2}).status_code == 409
    assert done(owner.get(f"tasks/{task}"))["ended_at"] is None


def test_no_task_goes_past_the_last_year(owner, project):
    task = daily(owner, project, rule="FREQ=YEARLY;INTERVAL=600")
    done(owner.post(f"tasks/{task}/completion"))
    assert done(owner.post(f"tasks/{task}/completion"))["id"] == task  # the year 3231 is none of ours


@pytest.mark.parametrize("moved_to", ["2031-03-02T17:30:00+01:00", "2031-03-02T09:15:00+01:00"])
def test_a_time_of_day_that_was_moved_since_goes_back_too(owner, project, moved_to):
    task = daily(owner, project, due_at="2031-03-01T09:00:00+01:00", due_on=None)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.patch(f"tasks/{task}", {"due_at": moved_to}))
    assert done(owner.delete(f"tasks/{copy}/completion"))["due_at"] == "2031-03-01T08:00:00Z"
    done(owner.post(f"tasks/{task}/completion"))
    assert done(owner.get(f"tasks/{task}"))["due_at"] == "2031-03-02T08:00:00Z"


def test_a_time_of_day_that_clocks_jumped_over_comes_back_as_it_was(owner, project):
    task = daily(owner, project, due_at="2031-03-29T02:30:00+01:00", due_on=None)
    done(owner.post(f"tasks/{task}/completion"))
    assert (
        done(owner.get(f"tasks/{task}"))["due_at"] == "2031-03-30T01:30:00Z"
    )  # half past three: there is no half past two
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.delete(f"tasks/{copy}/completion"))
    done(owner.post(f"tasks/{task}/completion"))
    assert done(owner.get(f"tasks/{task}"))["due_at"] == "2031-03-31T00:30:00Z"


def test_a_copy_whose_time_was_changed_by_hand_gives_the_task_that_time(owner, project):
    task = daily(owner, project, due_at="2031-03-01T09:00:00+01:00", due_on=None)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.patch(f"tasks/{copy}", {"due_at": "2031-03-01T11:00:00+01:00"}))
    done(owner.delete(f"tasks/{copy}/completion"))
    done(owner.post(f"tasks/{task}/completion"))
    assert done(owner.get(f"tasks/{task}"))["due_at"] == "2031-03-02T10:00:00Z"


def test_reopening_leaves_a_task_alone_that_comes_no_more(owner, project):
    task = daily(owner, project, due_at="2031-03-01T09:00:00+01:00", due_on=None)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.patch(f"tasks/{task}", {"recurrence": None}))
    back = done(owner.delete(f"tasks/{copy}/completion"))
    assert (back["due_at"], back["recurrence"]) == ("2031-03-01T08:00:00Z", None)
    assert stored()["tasks_task"][task]["recurrence_at"] is None


@pytest.mark.parametrize("first", ["the task", "the copy"])
def test_a_series_that_is_over_is_reopened_at_once_with_its_copy(owner, project, first):
    task = daily(owner, project, rule="FREQ=DAILY;COUNT=2")
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.post(f"tasks/{task}/completion"))
    named = [task, copy] if first == "the task" else [copy, task]
    [opened] = done(owner.post("tasks/changes", {"tasks": named, "set": {"ended": False}}))["results"]
    assert (opened["id"], opened["due_on"], opened["ended_at"]) == (task, "2031-03-01", None)
    assert [made(owner.post(f"tasks/{task}/completion")) == task for _ in range(2)] == [False, True]


def test_a_late_retry_does_not_end_again_what_was_reopened_with_others(owner, project):
    task = daily(owner, project, rule="FREQ=DAILY;COUNT=2")
    for occurrence in (1, 2):
        done(owner.post(f"tasks/{task}/completion", {"occurrence": occurrence}))
    other = made(owner.post("tasks", {"project": project, "name": "Other"}))
    done(owner.post(f"tasks/{other}/completion"))
    answer = done(owner.post("tasks/changes", {"tasks": [task, other], "set": {"ended": False}}))
    assert {row["id"]: (row["occurrence"], row["ended_at"]) for row in answer["results"]} == {
        task: (3, None), other: (1, None),
    }  # fmt: skip
    assert owner.post(f"tasks/{task}/completion", {"occurrence": 2}).status_code == 409
    assert done(owner.get(f"tasks/{task}"))["ended_at"] is None

"""Verbs on tasks come one after another: two who meet at the same row, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import transaction

from tasks.models import Priority, Project, Task
from tasks.models.recurring import Repetition
from tests.api.caller import Caller
from tests.cast import MEMBER, OWNER, the_team
from tests.races.held import meet_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> Caller:
    return Caller(OWNER.account())


@pytest.fixture
def member() -> Caller:
    return Caller(MEMBER.account())


@pytest.fixture
def project() -> Project:
    return Project.objects.make(the_team(), by=OWNER.account(), name="Project")


@pytest.fixture
def task(project) -> Task:
    return daily(project)


def daily(project: Project, *, id: str | None = None) -> Task:
    repetition = Repetition("FREQ=DAILY", "schedule", "UTC")
    given = {"name": "Daily", "due_on": date(2031, 3, 1), "recurrence": repetition}
    return Task.objects.make(project, by=OWNER.account(), id=id, **given)


@contextmanager
def held(row: Task | Project) -> Iterator[None]:
    with transaction.atomic():
        type(row)._base_manager.select_for_update(no_key=True).get(pk=row.pk)
        yield


def said(outcomes: list) -> list[int]:
    return [answer.status_code for answer in outcomes]


def copies(task: Task) -> list[int]:
    return list(Task.objects.filter(series=task).order_by("occurrence").values_list("occurrence", flat=True))


def test_two_who_complete_the_same_occurrence_leave_one_copy(task, owner, member):
    address = f"tasks/{task.pk}/completion"
    outcomes = meet_at(held(task), lambda: owner.post(address), lambda: member.post(address))
    assert said(outcomes) == [200, 200]
    assert outcomes[0].json() == outcomes[1].json()
    assert copies(task) == [1]
    assert Task.objects.get(pk=task.pk).due_on == date(2031, 3, 2)


@pytest.mark.parametrize("first", ["completing", "reopening"])
def test_completing_racing_the_reopening_of_the_occurrence_before_is_one_or_the_other(task, owner, member, first):
    copy = task.complete_occurrence(by=OWNER.account())
    acts = [
        lambda: owner.post(f"tasks/{task.pk}/completion"),
        lambda: member.delete(f"tasks/{copy.pk}/completion"),
    ]
    outcomes = meet_at(held(task), *(acts if first == "completing" else reversed(acts)))
    assert said(outcomes) == [200, 409]
    completed = first == "completing"
    assert outcomes[1].json()["code"] == ("not_the_latest" if completed else "another_occurrence")
    assert copies(task) == ([1, 2] if completed else [])
    assert Task.objects.get(pk=task.pk).due_on == date(2031, 3, 3 if completed else 1)


def test_two_who_reopen_the_same_copy_go_back_once(task, owner, member):
    earlier, copy = (task.complete_occurrence(by=OWNER.account()) for _ in range(2))
    address = f"tasks/{copy.pk}/completion"
    outcomes = meet_at(held(task), lambda: owner.delete(address), lambda: member.delete(address))
    assert said(outcomes) == [200, 404]
    assert copies(task) == [earlier.occurrence]
    assert Task.objects.get(pk=task.pk).due_on == date(2031, 3, 2)


@pytest.mark.parametrize("first", ["completing", "renaming"])
def test_completing_racing_a_change_loses_neither(task, owner, member, first):
    change = {"name": "Renamed", "due_on": "2031-03-10"}
    acts = [lambda: owner.post(f"tasks/{task.pk}/completion"), lambda: member.patch(f"tasks/{task.pk}", change)]
    outcomes = meet_at(held(task), *(acts if first == "completing" else reversed(acts)))
    assert said(outcomes) == [200, 200]
    after = Task.objects.get(pk=task.pk)
    [copy] = Task.objects.filter(series=task)
    assert after.name == "Renamed"
    if first == "completing":
        assert (copy.name, copy.due_on, after.due_on) == ("Daily", date(2031, 3, 1), date(2031, 3, 10))
    else:
        assert (copy.name, copy.due_on, after.due_on) == ("Renamed", date(2031, 3, 10), date(2031, 3, 11))


@pytest.mark.parametrize("after_the_copy", [True, False])
def test_reopening_one_and_many_does_not_end_in_a_deadlock(project, owner, member, after_the_copy):
    """Both lock the task and its copy; which of the two IDs is greater must not matter."""
    task = daily(project, id=("z" if after_the_copy else "0") * 16)
    copy = task.complete_occurrence(by=OWNER.account())
    outcomes = meet_at(
        held(project),
        lambda: member.delete(f"tasks/{copy.pk}/completion"),
        lambda: owner.post("tasks/changes", {"tasks": [copy.pk], "set": {"ended": False}}),
    )
    assert sorted(said(outcomes)) == [200, 404]
    assert copies(task) == []


def test_two_who_need_room_in_the_same_list_do_not_end_in_a_deadlock(project, owner, member):
    tasks = [Task.objects.make(project, by=OWNER.account(), name=f"{number}") for number in range(4)]
    Task.objects.filter(project=project).update(position="a0")  # no room between any two: all are renumbered
    first, *_, last = sorted(task.pk for task in tasks)
    middle = sorted(task.pk for task in tasks)[1]
    outcomes = meet_at(
        held(project),
        lambda: owner.put(f"tasks/{last}/position", {"after": middle}),
        lambda: member.put(f"tasks/{first}/position", {"after": middle}),
    )
    assert set(said(outcomes)) <= {200, 409}
    assert {answer.json().get("code") for answer in outcomes if answer.status_code == 409} <= {"being_moved"}
    assert said([owner.put(f"tasks/{first}/position", {"after": middle})]) == [200]
    rows = list(Task.objects.filter(project=project).order_by("position", "pk").values_list("pk", "position"))
    assert len({position for _pk, position in rows}) == 4
    order = [pk for pk, _position in rows]
    assert order.index(first) == order.index(middle) + 1


def test_moving_a_star_that_is_taken_off_meanwhile_finds_nothing(task, owner):
    Priority.objects.star(task, by=OWNER.account())
    address = f"tasks/{task.pk}/priority"
    outcomes = meet_at(held(task), lambda: owner.delete(address), lambda: owner.put(address, {"after": None}))
    assert said(outcomes) == [200, 404]
    assert not Priority.objects.exists()

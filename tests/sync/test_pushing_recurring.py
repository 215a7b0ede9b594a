"""Tasks that come again, written without a network: done once, whoever says so and how often."""

from __future__ import annotations

from datetime import date

import pytest

from tasks.models import Project, Task
from tasks.models.recurring import Repetition
from tests.cast import MEMBER, OWNER, the_team
from tests.sync.copies import Copy
from tests.sync.test_pushing import arrives, pulled

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 86_400_000
FIRST, SECOND, THIRD = date(2030, 5, 1), date(2030, 5, 2), date(2030, 5, 3)
DAILY = {"recurrence_rule": "FREQ=DAILY", "recurrence_mode": "schedule", "recurrence_time_zone": "Europe/Warsaw"}


@pytest.fixture
def project(db) -> Project:
    return Project.objects.make(the_team(), by=OWNER.account(), name="House")


@pytest.fixture
def task(project) -> Task:
    daily = Repetition("FREQ=DAILY", "schedule", "Europe/Warsaw")
    return Task.objects.make(project, by=OWNER.account(), name="Sweep", due_on=FIRST, recurrence=daily)


@pytest.fixture
def copy(task) -> Copy:
    return pulled(MEMBER)


def ended(project: Project) -> list[date]:
    return sorted(task.due_on for task in Task.objects.filter(project=project, ended_at__isnull=False))


def now(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def test_completing_goes_on_to_the_next_date_and_leaves_a_copy(copy, task, project):
    copy.write("tasks", task.pk, ended_at=5)
    arrives(copy)
    assert (now(task).ended_at, now(task).due_on) == (None, SECOND)
    assert ended(project) == [FIRST]


def test_two_devices_complete_the_same_occurrence(copy, task, project):
    other = pulled(OWNER)
    for device in (copy, other):
        device.write("tasks", task.pk, ended_at=5, completed_occurrence=1)
    arrives(copy)
    assert other.push() == 409
    merge(other, "tasks", task.pk, "ended_at", "completed_occurrence")
    arrives(other)
    assert (now(task).due_on, ended(project)) == (SECOND, [FIRST])


def merge(copy: Copy, table: str, id: str, *columns: str) -> None:
    """As WatermelonDB does after a conflict: what was changed here stays, the rest is the server's."""
    edited = copy.edits[table].pop(id)
    copy.pull()
    copy.write(table, id, **{name: edited[name] for name in columns})


def test_the_same_completion_once_more_after_its_answer_was_lost(copy, task, project):
    copy.write("tasks", task.pk, ended_at=5, completed_occurrence=1)
    lost = copy.changes()
    assert copy.caller.post(f"sync?last_pulled_at={copy.cursor}", lost).status_code == 200
    merge(copy, "tasks", task.pk, "ended_at", "completed_occurrence")
    arrives(copy)
    assert (now(task).due_on, ended(project)) == (SECOND, [FIRST])


def test_a_past_occurrence_is_opened_again(copy, task, project):
    done = task.complete_occurrence(by=OWNER.account())
    copy.pull()
    copy.write("tasks", done.pk, ended_at=None)
    arrives(copy)
    assert (now(task).due_on, ended(project)) == (FIRST, [])


def test_an_older_occurrence_is_not_opened_before_a_later_one(copy, task, project):
    first = task.complete_occurrence(by=OWNER.account())
    now(task).complete_occurrence(by=OWNER.account())
    copy.pull()
    copy.write("tasks", first.pk, ended_at=None)
    arrives(copy)
    assert (now(task).due_on, ended(project)) == (THIRD, [FIRST, SECOND])


def test_a_new_task_may_come_again_and_may_be_done_already(copy, project):
    columns = {"project_id": project.pk, "name": "Mop", "due_at": 21_000 * DAY, "is_all_day": True, **DAILY}
    copy.write("tasks", "a" * 16, **columns)
    copy.write("tasks", "b" * 16, **columns, ended_at=5)
    arrives(copy)
    first = date.fromordinal(date(1970, 1, 1).toordinal() + 21_000)
    assert Task.objects.get(pk="a" * 16).recurrence_starts_on == first
    assert Task.objects.get(pk="b" * 16).due_on > first
    assert ended(project) == [first]


@pytest.mark.parametrize(
    "wrong", [{"recurrence_rule": "FREQ=NEVER"}, {"recurrence_time_zone": "Mars/North"}, {"due_at": None}]
)
def test_a_rule_that_will_not_do_is_left_out(copy, project, wrong):
    columns = {"project_id": project.pk, "name": "Mop", "due_at": 21_000 * DAY, "is_all_day": True, **DAILY} | wrong
    copy.write("tasks", "a" * 16, **columns)
    arrives(copy)
    assert not Task.objects.get(pk="a" * 16).recurs


def test_a_mode_that_there_is_not_becomes_the_usual_one(copy, project):
    columns = {"project_id": project.pk, "name": "Mop", "due_at": 21_000 * DAY, "is_all_day": True, **DAILY}
    copy.write("tasks", "a" * 16, **columns | {"recurrence_mode": "sometimes"})
    arrives(copy)
    assert Task.objects.get(pk="a" * 16).recurrence_mode == "schedule"


def test_rule_and_due_date_change_together(copy, task):
    copy.write("tasks", task.pk, recurrence_rule="FREQ=WEEKLY", due_at=21_000 * DAY, name="Sweep well")
    arrives(copy)
    assert (now(task).recurrence_rule[:11], now(task).name) == ("FREQ=WEEKLY", "Sweep well")
    assert now(task).recurrence_starts_on == now(task).due_on == date.fromordinal(date(1970, 1, 1).toordinal() + 21_000)


def test_a_task_comes_no_more(copy, task):
    copy.write("tasks", task.pk, recurrence_rule=None, recurrence_mode=None, recurrence_time_zone=None, due_at=None)
    arrives(copy)
    assert (now(task).recurs, now(task).due) == (False, None)


def test_the_due_date_stays_as_long_as_a_task_comes_again(copy, task):
    copy.write("tasks", task.pk, due_at=None, name="Sweep well")
    arrives(copy)
    assert (now(task).due_on, now(task).name) == (FIRST, "Sweep well")


def test_what_was_abandoned_and_is_done_after_all_goes_on(copy, task, project):
    task.abandon(by=OWNER.account())
    copy.pull()
    copy.write("tasks", task.pk, ended_at=5)
    arrives(copy)
    assert (now(task).abandoned_at, now(task).due_on, ended(project)) == (None, SECOND, [FIRST])

"""A push that is interrupted leaves no trace, wherever it was; one that is sent twice acts once."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from itertools import count

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from nozbe.models import new_id
from nozbe.sync.models import Correction, Departure, Resync
from tasks.models import Comment, Project, Tag, Task
from tasks.models.recurring import Repetition
from tests.api.caller import Caller, everything
from tests.cast import MEMBER, OWNER, the_team
from tests.races.held import Actor, until_waiting
from tests.sync.copies import Copy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _without_rates(settings):
    settings.API_RATES = {"caller": "1000000/min"}


@pytest.fixture
def project(db) -> Project:
    return Project.objects.make(the_team(), by=OWNER.account(), name="House")


def busy_copy(project: Project, *, rows: int) -> Copy:
    """With so many rows to push, of all kinds: new, changed, thrown away, removed, refused, and what takes a verb."""
    by = OWNER.account()
    tag = Tag.objects.make(project.team, by=by, name="Red")
    some = [Task.objects.make(project, by=by, name=f"{n}", tags=[tag.pk]) for n in range(4)]
    daily = Repetition("FREQ=DAILY", "schedule", "UTC")
    again = Task.objects.make(project, by=by, name="Sweep", due_on="2030-05-01", recurrence=daily)
    hidden = Project.objects.make(project.team, by=by, name="Secret", is_open=False)
    copy = Copy(Caller(MEMBER.account()))
    copy.pull()
    copy.write("tasks", some[0].pk, name="Changed", trashed_at=5)
    copy.write("tasks", again.pk, ended_at=5)
    copy.remove("tasks", some[1].pk)
    copy.remove("task_tags", some[2].taggings.get().pk)
    copy.write("tasks", new_id(), project_id=hidden.pk, name="Refused")
    copy.write("projects", project.pk, is_open=False)
    for number in range(rows - 6):
        if number % 3 == 0:
            task = new_id()
            copy.write("tasks", task, project_id=project.pk, name=f"New {number}", created_at=number)
        elif number % 3 == 1:
            copy.write("comments", new_id(), task_id=task, body=f"Said {number}")
        else:
            copy.write("checklist_items", new_id(), task_id=task, name=f"Item {number}")
    return copy


def all_there_is():
    notes = [list(model.objects.order_by("pk").values_list("pk")) for model in (Correction, Departure, Resync)]
    return everything(), notes


class Interruption:
    """Raises before the statement with that number; or ends the connection, as the database does when it is killed."""

    def __init__(self, at: int, *, how: str) -> None:
        self.at, self.how, self.numbers = at, how, count()

    def __call__(self, execute, sql, params, many, context):
        if next(self.numbers) == self.at:
            if self.how == "raises":
                raise OperationalError("the connection was lost")
            with suppress(psycopg.Error), connection.connection.cursor() as own:
                own.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return execute(sql, params, many, context)


def statements(copy: Copy) -> int:
    """How many a push takes that then is taken back."""
    counting = Interruption(-1, how="")
    with connection.execute_wrapper(counting):
        assert copy.caller.post(f"sync?last_pulled_at={copy.cursor}", copy.changes()).status_code == 200
    return next(counting.numbers)


@pytest.mark.parametrize("how", ["raises", "is killed"])
def test_a_push_interrupted_at_any_statement_leaves_no_trace(project, how):
    number = statements(busy_copy(project, rows=20))
    assert number > 40
    copy = busy_copy(Project.objects.make(project.team, by=OWNER.account(), name="Another"), rows=20)
    before = all_there_is()
    for at in range(number) if how == "raises" else range(0, number, 6):
        with connection.execute_wrapper(Interruption(at, how=how)):
            answer = copy.caller.post(f"sync?last_pulled_at={copy.cursor}", copy.changes())
        connection.close()
        assert answer.status_code == 503, at
        assert all_there_is() == before, at
    assert copy.push() == 200
    copy.check()


def test_a_push_of_5000_rows_interrupted_leaves_no_trace(project):
    copy = busy_copy(project, rows=5000)
    before = all_there_is()
    for at in (30, 36, 42, 48, 54):
        with connection.execute_wrapper(Interruption(at, how="is killed")):
            assert copy.push() == 503
        connection.close()
        assert all_there_is() == before
    assert copy.push() == 200
    copy.check()
    assert Comment.objects.count() == 4994 // 3 + 1
    assert len(set(Task.objects.values_list("name", flat=True))) == Task.objects.count()


def in_turn(*acts):
    """All at once, in threads."""
    start = threading.Barrier(len(acts))
    actors = [Actor(lambda act=act: (start.wait(), act())[1]) for act in acts]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join(60)
        assert not isinstance(actor.outcome, Exception), actor.outcome
    return [actor.outcome for actor in actors]


def test_two_identical_pushes_at_once_act_once(project):
    for _ in range(6):
        copy = busy_copy(project, rows=30)
        changes, path = copy.changes(), f"sync?last_pulled_at={copy.cursor}"
        for row in changes["tasks"]["updated"]:
            row.pop("ended_at", None)  # completing what comes again is a conflict for the second: see below
        senders = [partial(Caller(MEMBER.account()).post, path, changes) for _ in range(2)]
        events = len(everything()["audit.event"])
        assert [answer.status_code for answer in in_turn(*senders)] == [200, 200]
        made = [event["object"] for event in everything()["audit.event"][events:] if event["verb"] == "task.made"]
        assert len(made) == len(set(made))
        copy.check()
        project = Project.objects.make(project.team, by=OWNER.account(), name="Another")


def test_an_identical_push_that_has_to_wait_for_the_first_does_nothing(project):
    copy = busy_copy(project, rows=20)
    changes, path = copy.changes(), f"sync?last_pulled_at={copy.cursor}"
    row = next(row for row in changes["tasks"]["updated"] if row["name"] == "Changed")
    with transaction.atomic():
        Task.objects.select_for_update().get(pk=row["id"])
        waiting = []
        for number in (1, 2):
            caller = Caller.__new__(Caller)
            caller.client, caller.headers = type(copy.caller.client)(raise_request_exception=False), copy.caller.headers
            waiting.append(Actor(lambda caller=caller: caller.post(path, changes).status_code))
            waiting[-1].start()
            until_waiting(waiting[-1], number=number)
    for actor in waiting:
        actor.join(30)
    assert sorted(actor.outcome for actor in waiting) in ([200, 200], [200, 409])  # the task that comes again
    copy.check()


def test_of_two_different_pushes_of_a_row_at_once_one_is_a_conflict(project):
    task = Task.objects.make(project, by=OWNER.account(), name="Old")
    copies = [Copy(Caller(person.account())) for person in (OWNER, MEMBER)]
    for round in range(5):
        for number, copy in enumerate(copies):
            copy.pull()
            copy.write("tasks", task.pk, name=f"{round} {number}")
        assert sorted(in_turn(*(copy.push for copy in copies))) == [200, 409]
        for copy in copies:
            copy.edits.clear()
            copy.check()


def test_pushes_and_rest_at_once_never_fail(project):
    """They lock the same rows: the task that comes again, what hangs on it, its project."""
    by, daily = OWNER.account(), Repetition("FREQ=DAILY", "schedule", "UTC")
    task = Task.objects.make(project, by=by, name="Sweep", due_on="2030-05-01", recurrence=daily)
    rest = Caller(OWNER.account())
    for number in range(4):
        assert rest.post("checklist-items", {"task": task.pk, "name": f"{number}"}).status_code == 201
    copies = [Copy(Caller(person.account())) for person in (OWNER, MEMBER)]

    def pushing(copy: Copy):
        answers = set()
        for number in range(12):
            copy.pull()
            copy.edits.clear()
            for item in copy.rows["checklist_items"]:
                copy.write("checklist_items", item, name=f"{number}")
            copy.write("tasks", task.pk, time_needed_minutes=number + 1)
            copy.write("projects", project.pk, colour=["red", "blue"][number % 2])
            answers.add(copy.push())
        return answers

    def completing():
        return {rest.post(f"tasks/{task.pk}/completion").status_code for _ in range(12)}

    def changing():
        return {rest.patch(f"projects/{project.pk}", {"name": f"{n}"}).status_code for n in range(12)}

    pushed, also, completed, changed = in_turn(*(lambda c=c: pushing(c) for c in copies), completing, changing)
    assert pushed | also <= {200, 409}
    assert (completed, changed) == ({200}, {200})

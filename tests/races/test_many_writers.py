"""Many who change the same tasks at once, at random: none is lost, none waits for ever, all see one order."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from tasks.models import Project, Section, Tag, Task
from tasks.models.recurring import Repetition
from tests.api.caller import Caller
from tests.cast import ADMIN, MEMBER, OWNER, the_team
from tests.races.held import Actor

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 20
TASKS = 30
SECONDS = 6
SEED = 20310301
EXPECTED = {400: {"unknown"}, 404: {"not_found"}}
"""Of a neighbour or section that was moved away, of a copy that was reopened; 409, whatever it says, is a refusal."""


class World:
    def __init__(self) -> None:
        self.team = the_team()
        self.people = [person.account() for person in (OWNER, ADMIN, MEMBER)]
        self.callers = [Caller(account) for account in self.people]
        by = self.people[0]
        self.projects = [Project.objects.make(self.team, by=by, name=name) for name in "AB"]
        self.sections = [Section.objects.make(project, by=by, name="S") for project in self.projects for _ in "12"]
        self.tags = [Tag.objects.make(self.team, by=by, name=f"{number}").pk for number in range(WRITERS)]
        again = {"due_on": date(2031, 3, 1), "recurrence": Repetition("FREQ=DAILY", "schedule", "UTC")}
        self.tasks = [
            Task.objects.make(self.projects[0], by=by, name="0", **(again if number % 5 == 0 else {})).pk
            for number in range(TASKS)
        ]


class Writer:
    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.random = random.Random(SEED + number)
        self.caller = Caller(world.people[number % len(world.people)])
        self.number = number
        self.tag = world.tags[number]
        self.answers: dict[int, int] = defaultdict(int)
        self.unexpected: list[tuple] = []
        self.renamed: list[tuple[str, str, str]] = []
        self.tagged: set[tuple[str, str]] = set()
        self.commented: set[tuple[str, str]] = set()

    def run(self, until: float) -> None:
        acts = (self.place, self.place, self.move, self.trash, self.many, self.complete, self.rename, self.rename,
                self.put_tag, self.comment, self.touch_what_is_above)  # fmt: skip
        while time.monotonic() < until:
            self.random.choice(acts)()

    def ask(self, method: str, path: str, body: object = None) -> dict | None:
        """What was answered; None for a refusal that was to be expected."""
        answer = self.caller.ask(method, path, body)
        self.answers[answer.status_code] += 1
        if answer.status_code < 300:
            return answer.json()
        said = answer.json()
        codes = {error["code"] for error in said["errors"]} or {said["code"]}
        if answer.status_code != 409 and not codes <= EXPECTED.get(answer.status_code, set()):
            self.unexpected.append((answer.status_code, method, path, body, said))
        return None

    def a_task(self) -> str:
        return self.random.choice(self.world.tasks)

    def a_section(self) -> str | None:
        return self.random.choice([None, *(section.pk for section in self.world.sections)])

    def place(self) -> None:
        body = {"after": self.random.choice([None, self.a_task()])}
        if self.random.random() < 0.3:
            body["section"] = self.a_section()
        self.ask("PUT", f"tasks/{self.a_task()}/position", body)

    def move(self) -> None:
        project = self.random.choice(self.world.projects).pk
        self.ask("PATCH", f"tasks/{self.a_task()}", self.random.choice([{"project": project}, {"section": None}]))

    def trash(self) -> None:
        address = f"tasks/{self.a_task()}/trash"
        self.ask("POST", address)
        self.ask("DELETE", address)

    def many(self) -> None:
        tasks = self.random.sample(self.world.tasks, 10)
        project = self.random.choice(self.world.projects).pk
        change = self.random.choice(
            [{"section": None}, {"project": project}, {"trashed": True}, {"ended": True}, {"ended": False}]
        )
        self.ask("POST", "tasks/changes", {"tasks": tasks, "set": change})
        self.ask("POST", "tasks/changes", {"tasks": tasks, "set": {"trashed": False}})

    def complete(self) -> None:
        ended = self.ask("POST", f"tasks/{self.a_task()}/completion")
        if ended is not None and self.random.random() < 0.7:
            if ended["series"] is not None and self.random.random() < 0.5:
                self.ask("POST", "tasks/changes", {"tasks": [ended["id"], self.a_task()], "set": {"ended": False}})
            else:
                self.ask("DELETE", f"tasks/{ended['id']}/completion")

    def rename(self) -> None:
        name = f"{self.number}-{len(self.renamed)}"
        task = self.ask("PATCH", f"tasks/{self.a_task()}", {"name": name})
        if task is not None:
            assert task["name"] == name
            self.renamed.append((task["id"], task["changed_at"], name))

    def put_tag(self) -> None:
        tasks = self.random.sample(self.world.tasks, 5)
        if self.ask("POST", "tasks/changes", {"tasks": tasks, "set": {"add_tags": [self.tag]}}) is not None:
            self.tagged |= {(task, self.tag) for task in tasks}

    def comment(self) -> None:
        task = self.a_task()
        comment = self.ask("POST", "comments", {"task": task, "body": "said"})
        if comment is not None:
            self.commented.add((task, comment["id"]))

    def touch_what_is_above(self) -> None:
        """The rows that tasks hang on, in the strongest way."""
        project, section = self.random.choice(self.world.projects).pk, self.random.choice(self.world.sections).pk
        self.ask("PATCH", f"projects/{project}", {"name": f"{self.number}"})
        self.ask("PUT", f"sections/{section}/position", {"after": None})
        if self.random.random() < 0.2:
            for method in ("POST", "DELETE"):
                self.ask(method, f"sections/{section}/trash")


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def all_at_once(acts: list[Callable[[], object]]) -> None:
    start = threading.Barrier(len(acts))

    def begin(act: Callable[[], object]) -> Callable[[], object]:
        return lambda: (start.wait(), act())

    actors = [Actor(begin(act)) for act in acts]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join(60)
        assert not actor.is_alive()
        assert not isinstance(actor.outcome, Exception), repr(actor.outcome)


def test_whatever_many_do_at_once_nothing_is_lost_and_all_see_one_order(settings):
    settings.API_RATES = {"caller": "1000000/min"}
    world = World()
    writers = [Writer(world, number) for number in range(WRITERS)]
    before = deadlocks()
    until = time.monotonic() + SECONDS
    all_at_once([lambda writer=writer: writer.run(until) for writer in writers])

    assert [problem for writer in writers for problem in writer.unexpected] == []
    assert deadlocks() == before
    assert sum(writer.answers[200] + writer.answers[201] for writer in writers) > 2 * WRITERS, "they did something"
    names_are_the_last_ones(world, writers)
    nothing_said_is_lost(world, writers)
    everybody_sees_one_order(world)


def names_are_the_last_ones(world: World, writers: list[Writer]) -> None:
    """A row's `changed_at` is set under its lock, so that it tells in which order changes were committed."""
    last: dict[str, tuple[str, str]] = {}
    for task, changed_at, name in (each for writer in writers for each in writer.renamed):
        last[task] = max(last.get(task, ("", "")), (changed_at, name))
    assert last
    names = {task.pk: task.name for task in Task.objects.filter(pk__in=world.tasks)}
    assert names == dict.fromkeys(world.tasks, "0") | {task: name for task, (_at, name) in last.items()}


def nothing_said_is_lost(world: World, writers: list[Writer]) -> None:
    tasks = Task.objects.filter(pk__in=world.tasks)
    tagged, commented = (set().union(*(getattr(w, name) for w in writers)) for name in ("tagged", "commented"))
    assert tagged
    assert commented
    assert set(tasks.values_list("pk", "taggings__tag")) - {(pk, None) for pk in world.tasks} == tagged
    assert {(pk, comment) for pk, comment in tasks.values_list("pk", "comments") if comment} == commented


def everybody_sees_one_order(world: World) -> None:
    places = list(Task.objects.values_list("project", "section", "position"))
    assert len(places) == len(set(places)) >= TASKS
    in_order = list(Task.objects.live().order_by("position", "pk").values_list("pk", "project", "section"))
    for place in {(project, section) for _pk, project, section in in_order}:
        wanted = [pk for pk, *where in in_order if tuple(where) == place]
        for caller in world.callers:
            assert [pk for pk in shown(caller, place[0]) if pk in wanted] == wanted


def shown(caller: Caller, project: str) -> list[str]:
    """Page by page."""
    found: list[str] = []
    path: str | None = f"tasks?project={project}&order=position&limit=20"
    while path:
        body = caller.get(path).json()
        found += [row["id"] for row in body["results"]]
        path = body["next"] and body["next"].split("/api/v1/")[1]
    return found

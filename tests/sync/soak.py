"""Many clients and other writers at once, with a bad network; afterwards what was typed is looked for.

Of some tasks each column is one client's alone, so that what it typed last must stand on the server in the end,
whatever others push of the same row. All else is moved, hidden, thrown away and shared at random, through REST.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

from tasks.models import Comment, Project, Section, Tag, Task
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, the_strangers_team, the_team
from tests.races.held import Actor
from tests.servers import superuser
from tests.sync.clients import Client, plan, update

ROUNDS = 10
KEPT_TASKS, LOOSE_TASKS = 5, 8
LOSSES = (None, None, None, None, "pull request", "pull answer", "push request", "push answer")
PEOPLE = (OWNER, OWNER, ADMIN, MEMBER, MEMBER, GUEST, STRANGER)
WRITERS = (OWNER, ADMIN, MEMBER)


class Soak:
    def __init__(self, devices: Any, seed: int) -> None:
        self.devices = devices
        self.seed = seed
        self.team = the_team()
        the_strangers_team()
        self.by = OWNER.account()
        self.projects = [
            Project.objects.make(self.team, by=self.by, name=name, **given)
            for name, given in (("open", {}), ("private", {"is_open": False}), ("kept", {}))
        ]
        self.projects[0].share(GUEST.account().pk, by=self.by)
        self.tags = [Tag.objects.make(self.team, by=self.by, name=name).pk for name in "ab"]
        self.sections = [Section.objects.make(project, by=self.by, name="s").pk for project in self.projects[:2]]
        self.loose = [self.task(self.projects[0]) for _ in range(LOOSE_TASKS)]
        self.kept = [self.task(self.projects[2]) for _ in range(KEPT_TASKS)]
        self.clients = [devices.open(person) for person in PEOPLE]
        self.last: dict[tuple[str, str], Any] = {}
        """(task, column) → what was typed last."""

        self.unexpected: list[str] = []
        self.conflicts = 0
        self.changed = 0
        """Changes through REST that were made, not refused."""

    def task(self, project: Project) -> str:
        task = Task.objects.make(project, by=self.by, name="0", tags=self.tags)
        Comment.objects.make(task, by=self.by, body="said")
        return task.pk

    def run(self) -> None:
        """All at once, beside a transaction that has written and stays open."""
        idle = superuser(database=self.database())
        try:
            idle.execute("SELECT pg_current_xact_id()")
            acts = [self.typing(number) for number in range(len(self.clients))]
            acts += [self.writing(number) for number in range(len(WRITERS))]
            all_at_once(acts)
        finally:
            idle.close()

    def findings(self) -> list[str]:
        """Everything that is wrong, once all have synced without any fault."""
        found = list(self.unexpected)
        for client in self.clients:
            outcome = client.sync(attempts=12)
            if not outcome.ok:
                found.append(f"{client.name} does not get through: {outcome}")
        for client in self.clients:
            client.sync()
        found += self.devices.differences()
        rows = {task.pk: task for task in Task.objects.filter(pk__in=self.kept)}
        for (task, column), value in self.last.items():
            if getattr(rows[task], column) != value:
                found.append(f"lost: {column} of {task} was {value}, is {getattr(rows[task], column)}")
        problems, self.devices.clients.problems = self.devices.clients.problems, []
        return found + problems

    def typing(self, number: int) -> Callable[[], None]:
        client, chance = self.clients[number], random.Random(f"{self.seed} client {number}")
        column = {0: "name", 3: "time_needed_minutes"}.get(number)

        def act() -> None:
            for round in range(1, ROUNDS + 1):
                if column:
                    self.write(client, *(self.typed(task, column, round, chance) for task in self.some(chance)))
                name = chance.choice(["before_applying", "before_push", "during_push"])
                wrong = plan(lose=chance.choice(LOSSES), twice=chance.random() < 0.2, delay=chance.randrange(40))
                outcome = client.sync(wrong)
                self.conflicts += outcome.conflicts
                if outcome.status not in (0, 200, 409):
                    self.unexpected.append(f"{client.name}: {outcome}")
                if column:
                    edits = [self.typed(task, column, 100 + round, chance) for task in self.some(chance)]
                    self.sync_with(client, name, edits)

        return act

    def sync_with(self, client: Client, when: str, edits: list[dict[str, Any]]) -> None:
        """Edits in the midst of a sync; before it one more, so that there is something to push."""
        self.write(client, edits[0])
        client.sync(plan(**{when: edits}))
        self.write(client, *edits)  # whether or not it came so far

    def write(self, client: Client, *changes: dict[str, Any]) -> None:
        if not all(client.write(*changes)):
            self.unexpected.append(f"{client.name} does not have what nobody took away")

    def typed(self, task: str, column: str, number: int, chance: random.Random) -> dict[str, Any]:
        value = number if column == "time_needed_minutes" else f"{number} {chance.random()}"
        self.last[task, column] = value
        return update("tasks", task, **{column: value})

    def some(self, chance: random.Random) -> list[str]:
        return chance.sample(self.kept, 2)

    def writing(self, number: int) -> Callable[[], None]:
        caller, chance = Caller(WRITERS[number].account()), random.Random(f"{self.seed} writer {number}")
        acts = (self.move, self.move, self.trash, self.tag, self.say, self.complete, self.hide, self.share, self.star,
                self.touch_kept)  # fmt: skip

        def act() -> None:
            for _ in range(ROUNDS * 3):
                for method, path, body in chance.choice(acts)(chance):
                    answer = caller.ask(method, path, body)
                    self.changed += answer.status_code < 300
                    if answer.status_code >= 500:
                        self.unexpected.append(f"{method} {path}: {answer.status_code}")

        return act

    def move(self, chance):
        yield "PATCH", f"tasks/{chance.choice(self.loose)}", {"project": chance.choice(self.projects[:2]).pk}

    def trash(self, chance):
        path = chance.choice([f"tasks/{chance.choice(self.loose)}", f"sections/{chance.choice(self.sections)}",
                              f"projects/{self.projects[1].pk}"])  # fmt: skip
        yield chance.choice(["POST", "DELETE"]), f"{path}/trash", None

    def tag(self, chance):
        tags = chance.sample(self.tags, chance.randrange(3))
        yield "PATCH", f"tasks/{chance.choice(self.loose)}", {"tags": tags}

    def say(self, chance):
        yield "POST", "comments", {"task": chance.choice(self.loose), "body": f"{chance.random()}"}

    def complete(self, chance):
        yield chance.choice(["POST", "DELETE"]), f"tasks/{chance.choice(self.loose)}/completion", None

    def hide(self, chance):
        yield "PATCH", f"projects/{self.projects[0].pk}", {"is_open": chance.random() < 0.5}

    def share(self, chance):
        members, guest = f"projects/{self.projects[0].pk}/members", GUEST.account().pk
        yield ("POST", members, {"account": guest}) if chance.random() < 0.5 else ("DELETE", f"{members}/{guest}", None)

    def star(self, chance):
        yield chance.choice(["POST", "DELETE"]), f"projects/{self.projects[0].pk}/favourite", None

    def touch_kept(self, chance):
        """Another column of what clients type in."""
        yield "PUT", f"tasks/{chance.choice(self.kept)}/position", {"after": None}

    @staticmethod
    def database() -> str:
        from django.db import connection

        return connection.settings_dict["NAME"]


def all_at_once(acts: list[Callable[[], object]]) -> None:
    start = threading.Barrier(len(acts))
    actors = [Actor(lambda act=act: (start.wait(), act())) for act in acts]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join(90)
        assert not actor.is_alive()
        if isinstance(actor.outcome, Exception):
            raise actor.outcome

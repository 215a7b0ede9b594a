"""G6: pushes of 1 to 10,000 changes, in one transaction with the record. Beside them: the same names sealed and written
by one UPDATE in one transaction; stamps and places in the index are the same, nothing is asked and recorded.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.test import RequestFactory

from accounts.models import Account, ApiToken
from nozbe.encryption.sealing import place, seal_text
from nozbe.models import new_id
from nozbe.sync.api import Sync
from tasks.models import Project, Task
from tests.bench.rounds import Measured, statements_of
from tests.cast import new_account, new_team

CHANGES = 10_000
ROUNDS = 5
NUMBER = count()


def measure() -> Iterator[Measured]:
    settings.API_RATES = {"caller": "100000000/min"}
    by = new_account(email="pushes@example.com", name="Pushes")
    project = Project.objects.make(new_team("Pushes", owner=by), name="Much", by=by)
    tasks = [Task(team=project.team, project=project, author=by, name="Old", position=f"a{n}") for n in range(CHANGES)]
    Task.objects.bulk_create(tasks, batch_size=1000)
    client = Client(by)
    ids = [task.pk for task in tasks]
    for number in (1, 100, CHANGES):
        floor = _median(lambda: _written(ids[:number], project.team_id))  # noqa: B023 — called at once
        yield Measured(f"push of {number:,} changed", "ms", floor, _median(lambda: client.changed(number)))  # noqa: B023
        statements = statements_of(lambda: client.push(client.changes(number)))  # noqa: B023 — as above
        print(f"  it is {client.size:,} bytes, and took {statements} statements")
    yield Measured(f"push of {CHANGES:,} new tasks", "ms", floor, _median(lambda: client.new(project)))
    client.traced = True
    client.changed(CHANGES)
    print(f"  it took {client.most / 2**20:.0f} MB of memory")


def _median(work: Any) -> float:
    """Of what `work` says that it took, in milliseconds."""
    return statistics.median(work() for _ in range(ROUNDS))


def _written(ids: list[str], team: str) -> float:
    field: Any = Task._meta.get_field("name")
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        names = [seal_text(f"New {next(NUMBER)}", place(field, owner=team, pk=id)).ciphertext for id in ids]
        cursor.execute(
            "UPDATE tasks_task SET name = v.name FROM unnest(%s::varchar[], %s::bytea[]) AS v(id, name) "
            "WHERE tasks_task.id = v.id",
            [ids, names],
        )
    return (time.perf_counter() - began) * 1000


class Client:
    traced, most, size = False, 0, 0

    """Views are called as the router would, without the middlewares of pages."""

    def __init__(self, by: Account) -> None:
        _row, token = ApiToken.objects.issue(by, name="bench", scope=ApiToken.WRITE)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.factory = RequestFactory()
        self.sync = Sync.as_view()
        self.pull()

    def pull(self) -> None:
        answer = orjson.loads(self.sync(self.factory.get("/?last_pulled_at=null", headers=self.headers)).getvalue())
        self.cursor, self.tasks = answer["timestamp"], answer["changes"]["tasks"]["updated"]

    def changed(self, number: int) -> float:
        return self.push(self.changes(number))

    def changes(self, number: int) -> dict[str, Any]:
        self.pull()
        rows = [row | {"name": f"New {next(NUMBER)}", "_status": "updated"} for row in self.tasks[:number]]
        return {"created": [], "updated": rows, "deleted": []}

    def new(self, project: Project) -> float:
        row = {"team_id": project.team_id, "project_id": project.pk, "is_all_day": False, "position": "a5", "missed": 0}
        rows = [row | {"id": new_id(), "name": f"New {next(NUMBER)}", "created_at": n} for n in range(CHANGES)]
        return self.push({"created": rows, "updated": [], "deleted": []})

    def push(self, tasks: dict[str, Any]) -> float:
        body = orjson.dumps({"tasks": tasks})
        self.size = len(body)
        asked = self.factory.post(
            f"/?last_pulled_at={self.cursor}", body, content_type="application/json", headers=self.headers
        )
        if self.traced:
            tracemalloc.start()
        began = time.perf_counter()
        answer = self.sync(asked)
        took = (time.perf_counter() - began) * 1000
        self.most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert answer.status_code == 200, answer.render().content
        return took

"""G3 to G5: a first pull, one with a few changes, one without news. Beside them: the same rows read by psycopg, opened
in one loop and dumped by orjson, or beside a view of ours that asks for one row by an index.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.db import connection
from django.test import RequestFactory
from rest_framework.response import Response

from accounts.models import Account, ApiToken, Membership, Team
from nozbe.api.endpoints import Endpoint
from nozbe.encryption.opening import open_values
from nozbe.sync.api import Sync
from nozbe.sync.cursors import newer
from nozbe.sync.models import Cursor
from tasks.models import Comment, Project, Task
from tests.bench.rounds import Measured, statements_of
from tests.cast import new_account, new_team

TASKS = 10_000
CHANGES = 10
ROUNDS = 7
COLUMNS = {
    Task: ("name", "id, team_id, name, project_id, section_id, position, responsible_id, due_on, due_at, ended_at, "
           "abandoned_at, author_id, time_needed_minutes, recurrence_rule, occurrence, missed, trashed_at, created_at"),
    Comment: ("body", "id, team_id, body, task_id, author_id, edited_at, pinned_at, trashed_at, created_at"),
}  # fmt: skip


class OneSelect(Endpoint):
    def get(self, request: Any) -> Response:
        return Response(list(Membership.objects.filter(account=request.user).values_list("pk", flat=True)))


def measure() -> Iterator[Measured]:
    settings.API_RATES = {"caller": "100000000/min"}
    by = new_account(email="pulls@example.com", name="Pulls")
    team = new_team("Pulls", owner=by)
    project = Project.objects.make(team, name="Much", by=by)
    _fill(team, project, by)
    client = Client(by)
    first = client.pull("null")
    yield _timed(f"first pull of {TASKS:,} tasks and comments", lambda: _floor(team, ""), lambda: client.pull("null"))
    tracemalloc.start()
    client.pull("null")
    most = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    statements = statements_of(lambda: client.pull("null"))
    print(f"  it is {len(first) / 2**20:.1f} MB, and took {most:.0f} MB of memory and {statements} statements")
    cursor = orjson.loads(first)["timestamp"]
    for task in Task.objects.all()[:CHANGES]:
        task.change(by=by, name="Another name")
    snapshot = str(Cursor.objects.values_list("snapshot", flat=True).get(pk=cursor))
    yield _timed(f"pull of {CHANGES} changes", lambda: _floor(team, snapshot), lambda: client.pull(cursor))
    said = client.pull(cursor)
    print(f"  it is {len(said):,} bytes, and took {statements_of(lambda: client.pull(cursor))} statements")
    newest = orjson.loads(said)["timestamp"]
    yield _timed("pull without news", client.one_select, lambda: client.pull(newest))
    print(f"  it is {len(client.pull(newest))} bytes, and took {statements_of(lambda: client.pull(newest))} statements")


class Client:
    """Views are called as the router would, without the middlewares of pages."""

    def __init__(self, by: Account) -> None:
        _row, token = ApiToken.objects.issue(by, name="bench", scope=ApiToken.WRITE)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.factory = RequestFactory()
        self.sync, self.select = Sync.as_view(), OneSelect.as_view()

    def pull(self, cursor: object) -> bytes:
        answer = self.sync(self.factory.get("/", {"last_pulled_at": cursor}, headers=self.headers))
        assert answer.status_code == 200
        return answer.getvalue()

    def one_select(self) -> bytes:
        return self.select(self.factory.get("/", headers=self.headers)).render().content


def _timed(name: str, floor: Callable[[], object], ours: Callable[[], object]) -> Measured:
    times: dict[str, list[float]] = {"floor": [], "ours": []}
    for _ in range(ROUNDS):
        for which, work in (("floor", floor), ("ours", ours)):
            work()
            began = time.perf_counter()
            work()
            times[which].append((time.perf_counter() - began) * 1000)
    return Measured(name, "ms", statistics.median(times["floor"]), statistics.median(times["ours"]))


def _floor(team: Team, since: str) -> bytes:
    where = "team_id = %(team)s" + (f" AND {newer('version')}" if since else "")
    said = {}
    for model, (sealed, columns) in COLUMNS.items():
        with psycopg.Cursor(connection.connection) as cursor:
            query = f"SELECT {columns} FROM {model._meta.db_table} WHERE {where}"
            cursor.execute(query, {"team": team.pk, "snapshot": since}, binary=True, prepare=True)
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
        texts = open_values(model, sealed, [(row[1], row[0], row[2]) for row in rows])
        said[model.__name__] = [
            dict(zip(names, row, strict=True)) | {sealed: text} for row, text in zip(rows, texts, strict=True)
        ]
    return orjson.dumps(said)


def _fill(team: Team, project: Project, by: Account) -> None:
    name = "Call the plumber about the sink before Friday"
    tasks = [Task(team=team, project=project, author=by, name=f"{name} {n}", position=f"a{n}") for n in range(TASKS)]
    Task.objects.bulk_create(tasks, batch_size=1000)
    comments = [Comment(team=team, task=task, author=by, body=f"{name}. " * 3) for task in tasks]
    Comment.objects.bulk_create(comments, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tasks_task, tasks_comment")

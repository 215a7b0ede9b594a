"""G1 and G2: listing 100 tasks and creating one, eight at once, with account, checks, record and commit, on the floors
of `floor.py` in the same run; and both again beside a million tasks of other teams (G8).
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from django.db import connection
from psycopg.conninfo import make_conninfo

from accounts.models import ApiToken, Team
from nozbe.encryption.models import Keyring
from nozbe.local.stack import PROJECT
from nozbe.models import new_id
from tasks.models import Project, Task
from tests.bench.rounds import Measured
from tests.cast import new_account, new_team
from tests.encryption.own_servers import NotesProcess, wait_until
from tests.keys import ready_keyring
from tests.servers import password_of

CLIENTS = 8
SECONDS = 2.0
ROUNDS = 5
TASKS = 100
OTHERS = int(os.environ.get("NOZBE_BENCH_OTHERS", "0"))
"""Tasks of other teams beside, for G8: a million take some minutes to make."""


def measure() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        site = NotesProcess(Path(folder, "site.log"), urls="nozbe.urls")
        site.environment["NOTES_API_RATE"] = "100000000/min"
        floor = Floor(Path(folder, "floor.log"))
        site.start()
        floor.start()
        try:
            yield from _measure(site, floor)
        finally:
            site.stop()
            floor.stop()


def _measure(site: NotesProcess, floor: Floor) -> Iterator[Measured]:
    by = new_account(email="bench@example.com", name="Bench")
    team = new_team("Bench", owner=by)
    project = Project.objects.make(team, name="Bench", by=by)
    for number in range(TASKS):
        Task.objects.make(project, name=f"Call the plumber about sink {number} before Friday", by=by)
    for _ in range(3):
        ready_keyring(Keyring.TEAM)
    _others(team, project)
    _row, token = ApiToken.objects.issue(by, name="bench", scope=ApiToken.WRITE)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    grows = Project.objects.make(team, name="Grows", by=by)
    sides = {
        "bare": Side(floor.port, floor.process, {}, f"/bare/{project.pk}", f"/bare/{grows.pk}/{team.pk}", dict),
        "floor": Side(floor.port, floor.process, headers, f"/{project.pk}", f"/{grows.pk}", dict),
        "ours": Side(
            site.port, site.process, headers, f"/api/v1/tasks?project={project.pk}&limit={TASKS}", "/api/v1/tasks",
            lambda: {"project": grows.pk, "name": "Call the plumber before Friday"},
        ),
    }  # fmt: skip
    for name, act in (("list 100 tasks", Side.list), ("create a task", Side.create)):
        rates: dict[str, list[float]] = {which: [] for which in sides}
        costs: dict[str, list[float]] = {which: [] for which in sides}
        for side in sides.values():
            side.run(act, seconds=0.5)  # warm
        for _ in range(ROUNDS):
            for which, side in sides.items():
                rate, cost = side.run(act, seconds=SECONDS)
                rates[which].append(rate)
                costs[which].append(cost)
        for what, unit, found in (("", "a second", rates), (", CPU of the server", "ms each", costs)):
            middle = {which: statistics.median(each) for which, each in found.items()}
            yield Measured(name + what, unit, middle["floor"], middle["ours"])
            yield Measured(f"{name}, on the bare floor{what}", unit, middle["bare"], middle["ours"])


def _others(team: Team, project: Project) -> None:
    """Tasks of a thousand other projects, copied in the database: nobody opens them."""
    if not OTHERS:
        return
    by = new_account(email="others@example.com", name="Others")
    other = new_team("Others", owner=by)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_project (id, team_id, name, is_open, colour, position, created_at, changed_at) "
            "SELECT substr(md5(n::text), 1, 16), %s, name, true, colour, position, now(), now() "
            "FROM tasks_project, generate_series(1, 1000) n WHERE id = %s",
            [other.pk, project.pk],
        )
        cursor.execute(
            "INSERT INTO tasks_task (id, team_id, project_id, name, position, created_at, changed_at, recurrence_rule, "
            "recurrence_mode, recurrence_time_zone, recurrence_done, occurrence, missed) "
            "SELECT substr(md5('t' || n), 1, 16), %s, substr(md5((n %% 1000 + 1)::text), 1, 16), "
            "'\\x01'::bytea || decode(repeat('00', 86), 'hex'), 'a0', now(), now(), '', '', '', 0, 1, 0 "
            "FROM generate_series(1, %s) n",
            [other.pk, OTHERS],
        )
        cursor.execute("ANALYZE tasks_task")
        cursor.execute("ANALYZE tasks_project")


class Floor:
    def __init__(self, log: Path) -> None:
        self.block = NotesProcess(log.with_suffix(".site")).block
        self.port = self.block.take()["web"]
        settings = connection.settings_dict
        self.environment = os.environ | {
            "FLOOR_DATABASE": make_conninfo(
                host=settings["HOST"], port=settings["PORT"], dbname=settings["NAME"], user="nz_app",
                password=password_of("nz_app"),
            )
        }  # fmt: skip
        self.log = log

    def start(self) -> None:
        words = ["--interface=wsgi", "--host=127.0.0.1", f"--port={self.port}", "--workers=1", "--blocking-threads=4"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "granian", *words, "--no-ws", "tests.bench.floor:application"],
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            talk = http.client.HTTPConnection("127.0.0.1", self.port)
            talk.request("GET", "/healthz")
            return talk.getresponse().status == 200
        except OSError:
            return False


class Side:
    """One of the two that are compared."""

    def __init__(
        self,
        port: int,
        process: subprocess.Popen[bytes],
        headers: dict[str, str],
        listed: str,
        created: str,
        body: Callable[[], dict[str, str]],
    ) -> None:
        self.port, self.process, self.headers = port, psutil.Process(process.pid), headers
        self.listed, self.created, self.body = listed, created, body

    def list(self, talk: http.client.HTTPConnection) -> None:
        talk.request("GET", self.listed, headers=self.headers)
        self._read(talk, 200)

    def create(self, talk: http.client.HTTPConnection) -> None:
        talk.request("POST", self.created, json.dumps(self.body() | {"id": new_id()}), self.headers)
        self._read(talk, 200, 201)

    def _read(self, talk: http.client.HTTPConnection, *good: int) -> None:
        answer = talk.getresponse()
        said = answer.read()
        assert answer.status in good, said

    def run(self, act: Callable[[Side, http.client.HTTPConnection], None], *, seconds: float) -> tuple[float, float]:
        """How many a second, and milliseconds of the server's processor for each; the database's are not counted."""
        counts = [0] * CLIENTS
        before = self._used()
        until = time.monotonic() + seconds

        def work(number: int) -> None:
            talk = http.client.HTTPConnection("127.0.0.1", self.port)
            while time.monotonic() < until:
                act(self, talk)
                counts[number] += 1
            talk.close()

        people = [threading.Thread(target=work, args=[number]) for number in range(CLIENTS)]
        for person in people:
            person.start()
        for person in people:
            person.join()
        return sum(counts) / seconds, (self._used() - before) * 1000 / max(1, sum(counts))

    def _used(self) -> float:
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family)

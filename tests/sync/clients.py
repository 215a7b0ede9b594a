"""WatermelonDB clients, driven from Python: one Node process hosts many (`client/client.mjs`).

Whatever their sync engine complains about, and whatever the lint finds in an answer, is kept in `problems`, and raised
when the process is left.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

from tests.node import FOLDERS, PROJECT, installed
from tests.sync.lint import lint

FOLDER = PROJECT / "tests" / "sync" / "client"
assert FOLDER in FOLDERS
PATIENCE_SECONDS = 60

Loss = Literal["pull request", "pull answer", "push request", "push answer"]
Rows = dict[str, dict[str, dict[str, Any]]]
"""Table → ID → columns."""


def create(table: str, id: str, **columns: Any) -> dict[str, Any]:
    return {"op": "create", "table": table, "id": id, "set": columns}


def update(table: str, id: str, **columns: Any) -> dict[str, Any]:
    return {"op": "update", "table": table, "id": id, "set": columns}


def delete(table: str, id: str) -> dict[str, Any]:
    return {"op": "delete", "table": table, "id": id}


def plan(
    *,
    lose: Loss | None = None,
    twice: bool = False,
    delay: int = 0,
    before_applying: Sequence[dict[str, Any]] = (),
    before_push: Sequence[dict[str, Any]] = (),
    during_push: Sequence[dict[str, Any]] = (),
    hold: bool = False,
) -> dict[str, Any]:
    """What is to go wrong in one attempt. `delay`: milliseconds between pull and push; the others are local edits."""
    edits = {"beforeApplying": before_applying, "beforePush": before_push, "duringPush": during_push}
    wrong = {"lose": lose, "twice": twice, "delay": delay, "hold": hold}
    return {name: value for name, value in {**wrong, **{k: list(v) for k, v in edits.items()}}.items() if value}


@dataclass(frozen=True)
class Outcome:
    ok: bool
    status: int
    """Of the last request; 0 when it was lost, -1 when the engine threw."""

    detail: str
    conflicts: int


@dataclass(frozen=True)
class Dump:
    tables: Rows
    dirty: dict[str, dict[str, Any]]


@dataclass
class Push:
    client: str
    cursor: int
    status: int
    text: str
    body: dict[str, Any]


@dataclass
class Client:
    clients: Clients
    name: str
    schema: dict[str, Any]
    held: threading.Event = field(default_factory=threading.Event)
    migrations: list[Any] = field(default_factory=list)
    """What its pulls said of it, where they said anything."""

    def write(self, *changes: dict[str, Any]) -> list[bool]:
        """All in one writer. For each, whether its row was there; when creating, whether it was not."""
        return self._ask("write", changes=list(changes))

    def begin_sync(self, *turns: dict[str, Any], attempts: int = 8, migrating: bool = True) -> Future[Any]:
        """`turns`: a plan for the first attempt, the second and so on; those after go well."""
        return self.clients.ask("sync", client=self.name, turns=list(turns), attempts=attempts, migrating=migrating)

    def sync(self, *turns: dict[str, Any], attempts: int = 8, migrating: bool = True) -> Outcome:
        return Outcome(**self.begin_sync(*turns, attempts=attempts, migrating=migrating).result(PATIENCE_SECONDS))

    @contextmanager
    def held_before_push(self, outcomes: list[Outcome]) -> Iterator[None]:
        """It has pulled, and pushes when this is left. Its outcome is put into `outcomes`. It must have edits."""
        self.held.clear()
        going = self.begin_sync(plan(hold=True))
        assert self.held.wait(PATIENCE_SECONDS), "it had nothing to push"
        try:
            yield
        finally:
            self._ask("go on")
            outcomes.append(Outcome(**going.result(PATIENCE_SECONDS)))

    def dump(self) -> Dump:
        return Dump(**self._ask("dump"))

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        return self.dump().tables[table]

    def reset(self) -> None:
        """Forget everything, the cursor too."""
        self._ask("reset")

    def upgrade(self, schema: dict[str, Any]) -> None:
        """The app was updated: the same data, with a newer schema."""
        self._ask("upgrade", schema=schema)
        self.schema = schema

    def close(self) -> None:
        self._ask("close")
        del self.clients.by_name[self.name]

    def _ask(self, what: str, **given: Any) -> Any:
        return self.clients.ask(what, client=self.name, **given).result(PATIENCE_SECONDS)


class Clients:
    """The process. Use it as a context manager."""

    def __init__(self, urls: Sequence[str], *, log: Path) -> None:
        self.urls = list(urls)
        self.log = log
        self.by_name: dict[str, Client] = {}
        self.problems: list[str] = []
        self.pushes: list[Push] = []
        self.server_schema: dict[str, Any] | None = None
        self._numbers = count(1)
        self._names = count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._writing = threading.Lock()

    def __enter__(self) -> Clients:
        node = installed(FOLDER)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [node.program, FOLDER / "client.mjs"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(10)
        self.process.stdout.close()
        if kind is None and self.problems:
            raise AssertionError("\n".join(self.problems[:20]))

    def open(self, token: str, *, name: str = "client", schema: dict[str, Any] | None = None) -> Client:
        """With the server's schema, unless told otherwise."""
        name = f"{name}-{next(self._names)}"
        answer = self.ask("open", client=name, urls=self.urls, token=token, schema=schema).result(PATIENCE_SECONDS)
        if schema is None:
            self.server_schema = answer["schema"]
        client = self.by_name[name] = Client(self, name, answer["schema"])
        return client

    def first_sync(self, token: str) -> Rows:
        """What somebody gets who begins anew."""
        fresh = self.open(token, name="fresh")
        outcome = fresh.sync()
        assert outcome.ok, outcome
        rows = fresh.dump().tables
        fresh.close()
        return rows

    def ask(self, what: str, **given: Any) -> Future[Any]:
        number = next(self._numbers)
        future: Future[Any] = Future()
        with self._writing:
            self._waiting[number] = future
            assert self.process.stdin
            self.process.stdin.write(json.dumps({"id": number, "do": what, **given}) + "\n")
            self.process.stdin.flush()
        return future

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            try:
                self._hear(json.loads(line))
            except Exception as error:  # else everybody would wait for ever
                self.problems.append(f"the harness: {error!r} at {line[:300]}")
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(RuntimeError(f"Node ended: {self.log.read_text()[-3000:]}"))

    def _hear(self, said: dict[str, Any]) -> None:
        event = said.get("event")
        if event == "complaint":
            self.problems.append(said["text"])
        elif event == "pull":
            self._look_at(said)
        elif event == "push":
            self.pushes.append(
                Push(said["client"], said["lastPulledAt"], said["status"], said["text"], said["body"])
            )  # fmt: skip
            if said["status"] >= 500:
                self.problems.append(f"{said['client']}: a push was answered {said['status']} {said['text'][:500]}")
        elif event == "held":
            self.by_name[said["client"]].held.set()
        else:
            future = self._waiting.pop(said["id"])
            if "error" in said:
                future.set_exception(RuntimeError(said["error"]))
            else:
                future.set_result(said["answer"])

    def _look_at(self, said: dict[str, Any]) -> None:
        name, client = said["client"], self.by_name[said["client"]]
        if said["migration"] is not None:
            client.migrations.append(said["migration"])
        if said["status"] >= 500:
            self.problems.append(f"{name}: a pull was answered {said['status']} {said['text'][:500]}")
        elif said["status"] == 200:
            schema = self.server_schema or client.schema
            found = lint(said["text"], schema=schema, last_pulled_at=said["lastPulledAt"])
            self.problems += [f"{name}: {problem}" for problem in found]

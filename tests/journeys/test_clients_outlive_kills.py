"""Clients go on writing while the servers are killed: what was taken is there, all of it, and nobody is stuck."""

from __future__ import annotations

import threading
import time

import pytest

from nozbe.models import new_id
from tests.journeys.test_running_product import eventually, kill
from tests.sync.clients import Clients, create, update
from tests.sync.conftest import differences

pytestmark = pytest.mark.xdist_group("product")

PEOPLE = ("owner@example.com", "owner@example.com", "member@example.com")
SECONDS = 4
KILLS = (("granian", "--workers=2"), ("postgres", "-D"), ("postgres", "-D"))
MOST_KILLS = 12
PAUSE_SECONDS = 0.6
"""Two of them are one person, who may ask 600 times a minute, and a sync asks two or three times."""


class Writer(threading.Thread):
    """Types, syncs, types on. `taken`: what a sync that went well had to push. `failed`: how often nobody answered."""

    def __init__(self, client, team: str, project: str) -> None:
        super().__init__()
        self.client, self.team, self.project = client, team, project
        self.stopping = threading.Event()
        self.taken: dict[str, tuple[str, int]] = {}
        self.failed = 0

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            task, comments = new_id(), [new_id() for _ in range(5)]
            row = {"team_id": self.team, "project_id": self.project, "name": f"Task {number}", "position": "a5"}
            self.client.write(
                create("tasks", task, **row),
                *(create("comments", id, team_id=self.team, task_id=task, body=f"Said {number}") for id in comments),
            )
            self.client.write(update("tasks", task, name=f"Task {number} again"))
            outcome = self.client.sync(attempts=1)
            if outcome.ok:
                self.taken[task] = (f"Task {number} again", len(comments))
            elif outcome.status not in (409, 429):
                self.failed += 1
            time.sleep(PAUSE_SECONDS)

    def catch_up(self) -> None:
        eventually(lambda: self.client.sync(attempts=12).ok, seconds=90)


@pytest.fixture
def tokens(product):
    """For each of the people, a token of their own."""
    found = product.credentials()
    return {email: found[email]["api_token"] for email in PEOPLE}


def test_what_was_pushed_outlives_the_servers(product, tokens, tmp_path):
    with Clients([product.url("").rstrip("/")], log=tmp_path / "clients.log") as clients:
        writers = []
        for email in PEOPLE:
            client = clients.open(tokens[email], name=email)
            assert client.sync().ok
            project = next(row for row in client.rows("projects").values() if row["is_open"] and not row["trashed_at"])
            writers.append(Writer(client, project["team_id"], project["id"]))
        for writer in writers:
            writer.start()
        for number in range(MOST_KILLS):
            if number >= len(KILLS) and any(writer.failed for writer in writers):
                break  # somebody was in the midst of a sync
            time.sleep(SECONDS)
            kill(product, *KILLS[number % len(KILLS)])
            eventually(lambda: product.get("/readyz")[0] == 200, seconds=60)
        time.sleep(SECONDS)
        for writer in writers:
            writer.stopping.set()
        for writer in writers:
            writer.join(90)
            assert not writer.is_alive()
        assert all(len(writer.taken) > 10 for writer in writers), [len(writer.taken) for writer in writers]
        assert any(writer.failed for writer in writers), "nobody noticed anything"
        clients.problems[:] = [each for each in clients.problems if not is_an_outage(each)]
        for writer in writers * 2:
            writer.catch_up()
        fresh = clients.first_sync(tokens[PEOPLE[-1]])
        for writer in writers:
            for task, (name, comments) in writer.taken.items():
                assert fresh["tasks"][task]["name"] == name
                assert sum(row["task_id"] == task for row in fresh["comments"].values()) == comments
            person = tokens[writer.client.name.rpartition("-")[0]]
            assert differences(writer.client.dump().tables, clients.first_sync(person)) == []


def is_an_outage(problem: str) -> bool:
    return any(words in problem for words in ("answered 502", "answered 503", "answered 504", "fetch failed"))

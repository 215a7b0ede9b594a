"""Whoever listens is told to pull when there is something for them, and only then."""

from __future__ import annotations

import time

import psycopg
import pytest
from django.db import connection

from accounts.models import Account
from tasks.models import Comment, Priority, Project, Task
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, the_strangers_team, the_team
from tests.encryption.own_servers import wait_until
from tests.sync.events_process import EventsProcess, Listener
from tests.sync.test_streams import by_token

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = (OWNER, ADMIN, MEMBER, GUEST, STRANGER)
A_WHILE = 1.5
"""Seconds after which who has not been told is not told; usually it takes some hundredths."""


class Ears:
    """The whole cast, each at a stream."""

    def __init__(self, events: EventsProcess) -> None:
        self.listeners = {person.role: Listener(events.open(**by_token(person)[1])) for person in PEOPLE}
        time.sleep(A_WHILE)  # at first some are told: nobody knows yet what they have seen
        self.forget()

    def forget(self) -> None:
        for listener in self.listeners.values():
            listener.heard.clear()

    def told(self) -> set[str]:
        time.sleep(A_WHILE)
        told = {role for role in self.listeners if self._pokes(role)}
        self.forget()
        return told

    def _pokes(self, role: str) -> int:
        return self.listeners[role].heard.count(b"data: pull")


@pytest.fixture
def owner(db) -> Account:
    return OWNER.account()


@pytest.fixture
def task(owner) -> Task:
    the_strangers_team()
    project = Project.objects.make(the_team(), by=owner, name="House")
    return Task.objects.make(project, by=owner, name="Paint it")


@pytest.fixture
def events(tmp_path):
    process = EventsProcess(tmp_path)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def ears(events, task) -> Ears:
    return Ears(events)


def test_those_are_told_to_pull_who_see_what_changed(ears, task, owner):
    assert ears.told() == set()
    task.change(by=owner, name="Paint it blue")
    assert ears.told() == {"owner", "admin", "member"}
    hidden = Project.objects.make(task.team, by=owner, name="Hidden", is_open=False)
    secret = Task.objects.make(hidden, by=owner, name="Secret")
    Comment.objects.make(secret, by=owner, body="Psst")
    assert ears.told() == {"owner"}
    Priority.objects.star(task, by=MEMBER.account())
    assert ears.told() == {"member"}
    task.project.share(GUEST.account().pk, by=owner)
    assert ears.told() == {"owner", "admin", "member", "guest"}
    task.project.unshare(GUEST.account().pk, by=owner)
    assert "guest" in ears.told()


def test_it_takes_less_than_a_second(ears, task, owner):
    """The quickest of some: a busy machine is not what it is about."""
    took = []
    for colour in ("blue", "red", "green"):
        ears.forget()
        started = time.monotonic()
        task.change(by=owner, name=f"Paint it {colour}")
        wait_until(lambda: b"data: pull" in ears.listeners["member"].heard)
        took.append(time.monotonic() - started)
        time.sleep(A_WHILE)
    assert min(took) < 1


def test_who_writes_past_the_application_is_noticed_at_the_next_heartbeat(tmp_path, task):
    process = EventsProcess(tmp_path, valkey_url="redis://:nobody@127.0.0.1:1/0", heartbeat_seconds=1)
    process.start()
    try:
        listener = Listener(process.open(**by_token(MEMBER)[1]))
        time.sleep(2)
        listener.heard.clear()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tasks_task SET time_needed_minutes = 7")
        wait_until(lambda: b"data: pull" in listener.heard)
    finally:
        process.stop()


def test_two_hundred_streams_need_two_connections_to_the_database(tmp_path, task):
    token = by_token(MEMBER)[1]
    before = _connections()
    process = EventsProcess(tmp_path)
    process.start()
    listeners = [Listener(process.open(**token)) for _ in range(200)]
    assert 1 <= _connections() - before <= 2
    for listener in listeners:
        listener.answer.close()
    process.stop()


def _connections() -> int:
    """That anybody has to this test's database."""
    with psycopg.connect(**_as_django()) as look:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return look.execute(query).fetchone()[0]


def _as_django() -> dict:
    given = connection.get_connection_params()
    unknown = ("context", "cursor_factory", "prepare_threshold", "application_name")
    return {name: value for name, value in given.items() if name not in unknown}

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.models import ApiToken
from tests.cast import Person
from tests.encryption.own_servers import NotesProcess
from tests.sync.clients import Client, Clients


class Devices:
    """Clients of the cast, and a look from the outside at whether they show what is there."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.tokens: dict[Person, str] = {}
        self.of: dict[Person, list[Client]] = {}

    def token(self, person: Person) -> str:
        if person not in self.tokens:
            self.tokens[person] = ApiToken.objects.issue(person.account(), name="device", scope=ApiToken.WRITE)[1]
        return self.tokens[person]

    def open(self, person: Person, *, sync: bool = True) -> Client:
        client = self.clients.open(self.token(person), name=person.role)
        self.of.setdefault(person, []).append(client)
        if sync:
            self.bring_up_to_date(client)
        return client

    @staticmethod
    def bring_up_to_date(client: Client) -> None:
        outcome = client.sync()
        assert outcome.ok, f"{client.name}: {outcome}"

    def all_sync(self) -> None:
        for client in (client for clients in self.of.values() for client in clients):
            self.bring_up_to_date(client)

    def differences(self) -> list[str]:
        """Of every client from a first sync of the same person; empty when all is well."""
        found = []
        for person, clients in self.of.items():
            fresh = self.clients.first_sync(self.token(person))
            for client in clients:
                dump = client.dump()
                if dump.dirty:
                    found.append(f"{client.name} could not get rid of {dump.dirty}")
                found += [f"{client.name}: {each}" for each in differences(dump.tables, fresh)]
        return found

    def all_show_what_is_there(self) -> None:
        self.all_sync()
        self.all_sync()  # what some pushed after others had pulled, and what was put right
        assert self.differences() == []


def differences(mine, fresh) -> list[str]:
    found = []
    for table in fresh:
        for id in sorted(mine[table].keys() | fresh[table].keys()):
            here, there = mine[table].get(id), fresh[table].get(id)
            if here != there:
                found.append(f"{table}#{id} is {_told(here, there)} and should be {_told(there, here)}")
    return found


def _told(row, other):
    if row is None or other is None:
        return "not there" if row is None else "there"
    return {name: value for name, value in row.items() if other[name] != value}


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[list[str]]:
    """Two web processes; requests go to one and the other in turn."""
    folder = tmp_path_factory.mktemp("web")
    with django_db_blocker.unblock():
        processes = [web_process(folder, number) for number in (1, 2)]
    yield [f"http://127.0.0.1:{process.port}" for process in processes]
    for process in processes:
        process.stop()


def web_process(folder, number: int, **options) -> NotesProcess:
    process = NotesProcess(folder / f"web-{number}.log", urls="nozbe.urls", **options)
    process.environment["NOTES_API_RATE"] = "1000000/min"
    process.start()
    return process


@pytest.fixture
def devices(transactional_db, web, tmp_path) -> Iterator[Devices]:
    with Clients(web, log=tmp_path / "clients.log") as clients:
        yield Devices(clients)

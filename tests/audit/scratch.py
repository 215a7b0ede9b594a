"""A record in a database of its own, for tests that damage it or must know all that is in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from nozbe.audit.sealing import seal_all
from tests.servers import password_of, ports, superuser

ACTOR, TEAM, ACCOUNT, OBJECT = ("Actor00000000001", "Team000000000001", "Account000000001", "Object0000000001")


class ScratchRecord:
    def __init__(self, name: str) -> None:
        self.name = name
        self.postgres = superuser(database=name)
        """A session that may do anything at all."""

    def sign_in(self, role: str = "nz_app", *, autocommit: bool = True) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=ports()["postgresql"],
            dbname=self.name,
            user=role,
            password=password_of(role),
            autocommit=autocommit,
        )

    def append(self, count: int = 1) -> None:
        statement = "SELECT audit.append('key.made', %s, %s, %s, %s) FROM generate_series(1, %s)"
        with self.sign_in() as session:
            session.execute(statement, [ACTOR, TEAM, ACCOUNT, OBJECT, count])

    def append_and_seal(self, count: int = 1) -> int:
        self.append(count)
        return seal_all()

    def tamper(self, *statements: str) -> None:
        """As a superuser who first takes the triggers away, and puts them back."""
        with self.postgres.transaction():
            for table in ("event", "seal", "sealing"):
                self.postgres.execute(f"ALTER TABLE audit.{table} DISABLE TRIGGER ALL")
            for statement in statements:
                self.postgres.execute(statement)
            for table in ("event", "seal", "sealing"):
                self.postgres.execute(f"ALTER TABLE audit.{table} ENABLE ALWAYS TRIGGER only_ever_added_to")

    def column(self, query: str) -> list:
        return [value for (value,) in self.postgres.execute(query)]

    def everything(self) -> list:
        """All rows of the record, to see that nothing changed."""
        return [
            self.postgres.execute(f"SELECT * FROM audit.{table} ORDER BY 1").fetchall()
            for table in ("event", "seal", "sealing", "chain_lock")
        ]

    @contextmanager
    def in_use(self) -> Iterator[ScratchRecord]:
        """The product's code connects to this database meanwhile."""
        connection.close()
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = self.name
        try:
            yield self
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before


@contextmanager
def copy_of(template: str) -> Iterator[ScratchRecord]:
    connection.close()  # nobody may be in the template
    name = f"scratch_{secrets.token_hex(4)}"
    with superuser() as postgres:
        postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER nz_owner')
        record = ScratchRecord(name)
        try:
            yield record
        finally:
            record.postgres.close()
            postgres.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def empty(record: ScratchRecord) -> None:
    record.tamper("TRUNCATE audit.event, audit.seal, audit.sealing RESTART IDENTITY")

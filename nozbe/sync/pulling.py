"""What changed for one person since their cursor, as WatermelonDB wants to hear it (docs/sync.md).

Everything is read in one snapshot by at most three statements, whatever the number of tables, teams and rows. Rows go
to the client as PostgreSQL wrote them, with their content opened: no row becomes an object here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import psycopg
from django.apps import apps
from django.db import connection
from django.db.transaction import TransactionManagementError

from nozbe.encryption.opening import open_values
from nozbe.sync import cursors
from nozbe.sync.scopes import Scope, View, look
from nozbe.sync.selecting import DEPARTED, all_of, by_id, changes
from nozbe.sync.tables import BY_NAME, SYNCED

ROWS_AT_ONCE = 1000
ALL = frozenset(BY_NAME)


@dataclass
class Told:
    """What the answer says of one table."""

    updated: list[bytes] = field(default_factory=list)
    """Rows as JSON."""

    ids: set[str] = field(default_factory=set)
    """Of those: each is told of once."""

    deleted: set[str] = field(default_factory=set)


def pull(account: str, last_pulled_at: int | None, *, renewed: frozenset[str] = frozenset()) -> Iterator[bytes]:
    """The answer, in parts. `renewed`: tables of which everything is wanted, whatever the cursor says.

    Everything is read before this returns: who reads slowly holds no transaction open.
    """
    told: dict[str, Told] = defaultdict(Told)
    with _snapshot() as cursor:
        view = look(cursor, account, last_pulled_at)
        if view.starts_anew:
            _read(cursor, all_of(ALL), view, view.everything, told)
        else:
            _read_changes(cursor, account, view, renewed, told)
    if view.starts_anew or told or last_pulled_at is None:
        known = last_pulled_at if last_pulled_at is not None and view.since is not None else 0
        number = cursors.store(account, view.snapshot, after=known)
    else:
        number = last_pulled_at
    anew = last_pulled_at is not None and view.starts_anew
    return _answer(told, number, every_table=view.starts_anew, replaces=anew)


def _read_changes(cursor: Any, account: str, view: View, renewed: frozenset[str], told: dict[str, Told]) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    gone: dict[str, set[str]] = defaultdict(set)
    mine = view.everything
    more = {"my_teams": mine.teams, "my_projects": mine.projects, "account": account, "snapshot": view.since}
    for kind, row, table, gone_for_good in _read(cursor, changes(), view, view.kept, told, more):
        (gone if kind == DEPARTED and gone_for_good == "true" else asked)[table].add(row)
    if view.gained.teams or view.gained.projects:
        _read(cursor, all_of(ALL - renewed), view, view.gained, told)
    again = {table: rows for table, rows in asked.items() if table in BY_NAME and table not in renewed}
    if again:
        among = {f"in_{table}": list(rows) for table, rows in again.items()}
        _read(cursor, by_id(frozenset(again)), view, view.everything, told, among)
    if renewed:
        _read(cursor, all_of(renewed), view, view.everything, told)
    for table in asked.keys() | gone.keys():
        if table in BY_NAME:
            told[table].deleted |= (asked[table] | gone[table]) - told[table].ids


def _read(
    cursor: Any, sql: str, view: View, scope: Scope, told: dict[str, Told], more: dict[str, Any] | None = None
) -> list[tuple[int, str, str, str]]:
    """Rows go into `told`; returns what is said of rows that left, or are to be looked at again."""
    said: list[tuple[int, str, str, str]] = []
    cursor.execute(sql, _parameters(view, scope) | (more or {}), prepare=True, binary=True)
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        by_table: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            if row[0] < 0:
                said.append((row[0], row[1], row[2], row[4]))
            else:
                by_table[row[0]].append(row)
        for number, some in by_table.items():
            _tell(number, some, told)
    return said


def _tell(number: int, rows: list[Any], told: dict[str, Told]) -> None:
    table = SYNCED[number]
    about = told[table.name]
    if about.ids:
        rows = [row for row in rows if row[1] not in about.ids]
    about.ids.update(row[1] for row in rows)
    if table.sealed is None:
        about.updated.extend(row[4].encode() for row in rows)
        return
    name = table.sealed.name
    texts = open_values(apps.get_model(table.model), name, [(row[2], row[1], row[3]) for row in rows])
    opening = b'{"%s":' % name.encode()
    about.updated.extend(
        b"%s%s,%s" % (opening, orjson.dumps(text), row[4][1:].encode()) for row, text in zip(rows, texts, strict=True)
    )


def _parameters(view: View, scope: Scope) -> dict[str, Any]:
    return scope.parameters() | {"memberships": view.memberships}


@contextmanager
def _snapshot() -> Iterator[Any]:
    """One picture of the whole database, however long it takes to look at it. Not within another transaction."""
    if connection.in_atomic_block:
        raise TransactionManagementError("Sync reads in a transaction of its own.")
    connection.ensure_connection()
    # Django's own cursors put values into the text; these keep statements prepared, and read values in binary.
    with connection.wrap_database_errors, psycopg.Cursor(cast("Any", connection.connection)) as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield cursor
        finally:
            cursor.execute("ROLLBACK")


def _answer(told: dict[str, Told], number: int, *, every_table: bool, replaces: bool) -> Iterator[bytes]:
    yield b'{"changes":{'
    names = [table.name for table in SYNCED if every_table or table.name in told]
    for place, name in enumerate(names):
        about = told.pop(name, None) or Told()
        yield b'%s"%s":{"created":[],"updated":[' % (b"," if place else b"", name.encode())
        for start in range(0, len(about.updated), ROWS_AT_ONCE):
            yield (b"," if start else b"") + b",".join(about.updated[start : start + ROWS_AT_ONCE])
        yield b'],"deleted":%s}' % orjson.dumps([] if every_table else sorted(about.deleted))
    yield b'},"timestamp":%d%s}' % (number, b',"experimentalStrategy":"replacement"' if replaces else b"")

"""How an entry gets into the record: with its change, or before a look."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from http import HTTPStatus
from threading import Thread
from typing import Any

import psycopg
from django.db import connection
from django.db.transaction import TransactionManagementError

from nozbe.announcing import announce_team_change
from nozbe.audit.connection import parameters
from nozbe.audit.verbs import Verb
from nozbe.errors import DomainError

AT_ONCE_SECONDS = 1.9
SERVER_TIMEOUTS = "-c statement_timeout=1500 -c lock_timeout=1500"


class AuditUnavailable(DomainError):
    """The record cannot be written, so what was to be recorded must not happen."""

    code = "audit_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("This cannot be put on record right now, so it was not done. Please try again in a moment.")


def append(
    verb: Verb, *, actor: str | None, team: str | None = None, account: str | None = None, object: str | None = None
) -> int:
    """Record a change, in its own transaction: the entry is there exactly when the change is. Returns the event's id.

    `actor` is who did it, None the service itself; `team` and `account` whose it is; `object` what it was done to.
    Raises TransactionManagementError outside of a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("An entry belongs into the transaction of its change: use transaction.atomic.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.append(%s, %s, %s, %s, %s)", [verb, actor, team, account, object])
        number = int(cursor.fetchone()[0])
    if team is not None:
        announce_team_change(team)
    return number


def append_each(verb: Verb, *, actor: str | None, team: str, objects: Sequence[str]) -> None:
    """The same for many objects of one team, in one statement."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("Entries belong into the transaction of their change: use transaction.atomic.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(audit.append(%s, %s, %s, NULL, object)) FROM unnest(%s::text[]) AS object",
            [verb, actor, team, list(objects)],
        )
    announce_team_change(team)


def append_at_once(
    verb: Verb, *, actor: str | None, team: str | None = None, account: str | None = None, object: str | None = None
) -> int:
    """Record a look or a statement before it happens: chained and committed on return, also if the caller rolls back.

    Raises AuditUnavailable within two seconds; the caller then must not go on. It may happen that the entry is there
    all the same: of something that was not done.
    """
    future: Future[int] = Future()
    arguments = (parameters(options=SERVER_TIMEOUTS), [verb, actor, team, account, object])
    # In a thread, because no time-out of libpq or PostgreSQL ends the wait for a machine that went silent.
    Thread(target=_append_at_once, args=(future, *arguments), name="append-at-once", daemon=True).start()
    try:
        return future.result(timeout=AT_ONCE_SECONDS)
    except (psycopg.DataError, psycopg.IntegrityError):
        raise  # what was to be recorded is not an ID, not a verb: our mistake
    except (psycopg.Error, TimeoutError):
        raise AuditUnavailable from None


def _append_at_once(future: Future[int], parameters: dict[str, Any], arguments: list[str | None]) -> None:
    try:
        with psycopg.connect(**parameters) as own:
            row = own.execute("SELECT audit.append_at_once(%s, %s, %s, %s, %s)", arguments).fetchone()
            assert row is not None  # a function returns a row
            future.set_result(row[0])
    except Exception as error:  # whatever it is, it is raised in the thread that waits, not swallowed in this one
        future.set_exception(error)

"""Statements written by hand that are asked all the time: planned once a connection, answered in binary.

The ORM's own statements are put together in the client and planned at each call, which costs more than running them.
What is asked here is the same text each time, with other values (`prepare_threshold` in the settings).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg.pq import Format

Row = tuple[Any, ...]


def ask(sql: str, given: Sequence[Any] | Mapping[str, Any]) -> list[Row]:
    """All rows of the answer. `given` takes the places `%s` or `%(name)s`, never a part of the statement."""
    with _cursor() as cursor:
        cursor.execute(sql, given)
        rows: list[Row] = cursor.fetchall()
        return rows


def write(sql: str, given: Sequence[Any]) -> None:
    """The same for a statement that answers nothing. Long arrays take half the time that they take in its text."""
    with _cursor() as cursor:
        cursor.execute(sql, given)


def _cursor() -> Any:
    """Whose values go beside the statement, not into its text as those of Django's own cursors do."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    own: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(own)
        cursor.format = Format.BINARY
    return connection._prepare_cursor(cursor)  # type: ignore[attr-defined]  # as connection.cursor() does

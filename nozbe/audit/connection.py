"""A database connection of the record's own: what is done on it is committed, whatever the caller's transaction does.

A seal that a checkpoint speaks of, or an entry that allows a look, must not be taken back by somebody's rollback.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


def parameters(**more: Any) -> dict[str, Any]:
    """How this process reaches its database; to be asked in the thread that has Django's connection."""
    return {**connection.get_connection_params(), "cursor_factory": psycopg.Cursor, "autocommit": True, **more}


@contextmanager
def own_connection(**more: Any) -> Iterator[psycopg.Connection]:
    """Each statement is a transaction. `more` is for libpq. Raises psycopg's errors, not Django's."""
    with psycopg.connect(**parameters(**more)) as own:
        yield own

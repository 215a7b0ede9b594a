"""The sealer: chains what was committed. Several may run; they take turns, and any may be killed at any moment."""

from __future__ import annotations

import psycopg

from nozbe.audit.connection import own_connection

BATCH_SIZE = 5000
"""Events a transaction: whoever appends at once waits for as long as that takes."""


def seal_all(*, batch_size: int = BATCH_SIZE) -> int:
    """Chain every event that was committed before the call. Returns how many got a seal."""
    with own_connection() as own:
        total = batch = _seal(own, batch_size)
        while batch == batch_size:
            batch = _seal(own, batch_size)
            total += batch
        return total


def _seal(own: psycopg.Connection, at_most: int) -> int:
    row = own.execute("SELECT audit.seal_pending(%s)", [at_most]).fetchone()
    assert row is not None  # a function returns a row
    return int(row[0])

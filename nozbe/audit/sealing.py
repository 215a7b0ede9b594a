"""The sealer: chains what was committed. Several may run; they take turns, and any may be killed at any moment.

None waits for its turn for long: whoever holds the chain would otherwise hold the worker too, and all of its jobs.
"""

from __future__ import annotations

import psycopg

from nozbe.audit.connection import own_connection

BATCH_SIZE = 5000
"""Events a transaction: whoever appends at once waits for as long as that takes."""


WAIT_MS = 900
"""For the lock of the chain, once a batch; less than the second after which the next sealer is due."""


class ChainHeld(Exception):
    """Somebody kept the lock of the chain for longer than we wait; what was chained before that is committed."""

    def __init__(self) -> None:
        super().__init__("Somebody holds the lock of the chain, so nothing is chained. Look who, in pg_locks.")


def seal_all(*, batch_size: int = BATCH_SIZE, wait_ms: int = WAIT_MS) -> int:
    """Chain every event that was committed before the call. Returns how many got a seal; raises ChainHeld."""
    try:
        with own_connection(options=f"-c lock_timeout={wait_ms}") as own:
            total = batch = _seal(own, batch_size)
            while batch == batch_size:
                batch = _seal(own, batch_size)
                total += batch
            return total
    except psycopg.errors.LockNotAvailable as error:
        raise ChainHeld from error


def _seal(own: psycopg.Connection, at_most: int) -> int:
    row = own.execute("SELECT audit.seal_pending(%s)", [at_most]).fetchone()
    assert row is not None  # a function returns a row
    return int(row[0])

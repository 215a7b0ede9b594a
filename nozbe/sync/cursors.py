"""The number that a pull answers and the next one brings back: it stands for the snapshot that the pull read.

So "newer" is exact, whatever order transactions began, wrote and committed in, and no writer ever waits for another
(docs/sync.md).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from django.db import IntegrityError, connection

BITS = 11
"""Of the number, random: two pulls in one millisecond get two numbers."""

LARGEST = 2**53 - 1
"""That JavaScript can tell from its neighbours."""

# Not flushed before it is answered: a number that is lost in a crash is one that nobody knows, and whoever shows it
# gets everything anew. It says when it was made, so no other snapshot ever gets it, as it would that of a sequence.
STORE = """
    WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS set)
    INSERT INTO sync_cursor (id, account_id, snapshot) SELECT %s, %s, %s::pg_snapshot FROM quickly WHERE set IS NOT NULL
"""


@dataclass(frozen=True)
class Known:
    """A cursor that is stored, of this very account."""

    number: int
    snapshot: str


def newer(column: str) -> str:
    """SQL: whether what a transaction wrote was not seen by the parameter `snapshot`. The first half is for indexes."""
    seen = "%(snapshot)s::pg_snapshot"
    return f"({column} >= pg_snapshot_xmin({seen}) AND NOT pg_visible_in_snapshot({column}, {seen}))"


def store(account: str, snapshot: str, *, after: int = 0) -> int:
    """A number for what was read, higher than `after`. In a transaction of its own."""
    while True:
        number = max(_now(), after + 1)
        try:
            with connection.cursor() as cursor:
                cursor.execute(STORE, [number, account, snapshot])
        except IntegrityError as error:
            if "sync_cursor_pkey" not in str(error):
                raise
            after = 0  # taken in this very millisecond: another random part
        else:
            return number


def _now() -> int:
    return (time.time_ns() // 1_000_000 << BITS) + secrets.randbelow(1 << BITS)

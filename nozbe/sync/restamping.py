"""After the database was copied into another cluster: its transactions count from the beginning there.

A row that was written by transaction 5,000,000 looks as if it were not written yet to a cluster that is at 1,000, and
would be a conflict for ever. Clients get everything anew, whatever cursor they show; what they have not pushed stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection, transaction

from nozbe.sync.models import Correction, Cursor, Departure, Resync
from nozbe.sync.tables import SYNCED

BATCH_SIZE = 5000

NOW = "pg_current_xact_id()"
SENT_ANEW = "NULL"
"""Triggers make it the number of the transaction, and leave alone when the row was changed by somebody."""

VISIBLE = ("accounts_membership", "tasks_project")
"""Tables with a second stamp: since when they let somebody see something."""


def forget_cursors() -> int:
    """Every client begins anew. What was noted for those who showed a cursor goes too, but for tombstones.

    Returns how many cursors there were.
    """
    with transaction.atomic():
        Correction.objects.all().delete()
        Resync.objects.all().delete()
        Departure.objects.filter(gone=False).delete()
        return int(Cursor.objects.all().delete()[0])


def restamp() -> Iterator[tuple[str, int]]:
    """Stamp what is ahead of this cluster, in short transactions: tables, each with how many rows are done.

    It can be killed, and run again: what is stamped is no longer ahead.
    """
    for table in [*(table.db_table for table in SYNCED), "sync_departure"]:
        stamps = {"version": NOW if table == "sync_departure" else SENT_ANEW}
        if table in VISIBLE:
            stamps["visibility_version"] = NOW
        total = 0
        while done := _restamp(table, stamps):
            total += done
            yield table, total


def _restamp(table: str, stamps: dict[str, str]) -> int:
    ahead = " OR ".join(f"{column} > {NOW}" for column in stamps)
    sets = ", ".join(f"{column} = {stamp}" for column, stamp in stamps.items())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} WHERE id IN (SELECT id FROM {table} WHERE {ahead} LIMIT %s)",  # noqa: S608 — of the ledger
            [BATCH_SIZE],
        )
        return int(cursor.rowcount)

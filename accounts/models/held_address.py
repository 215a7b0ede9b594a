"""One at a time for whoever makes an email address theirs, by signing up or by changing to it, at whatever door.

The database refuses a second account of an address by itself. But who waits is told in words that it is taken, or
nothing at all, where a second insert would end in an error, which tells.
"""

from __future__ import annotations

import hashlib

from django.db import connection


def hold_address(email: str) -> None:
    """Until the transaction ends nobody else gets past here with that address. Before any row is locked."""
    number = int.from_bytes(
        hashlib.sha256(b"address:" + email.strip().lower().encode()).digest()[:8], "big", signed=True
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

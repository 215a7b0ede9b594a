"""Telling the processes that hold streams open that somebody's access changed: they ask again whether it still holds.

Requests need no such message: each asks the database who is asking.
"""

from __future__ import annotations

from django.db import transaction

from nozbe.announcing import announce

CHANNEL = "nozbe:access"


def announce_access_change(account_id: str) -> None:
    """Once the running transaction is committed. Never fails."""
    transaction.on_commit(lambda: announce(CHANNEL, account_id))

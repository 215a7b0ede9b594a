"""Telling every process at once that an owner's keys changed; who misses it sees it in the ledger (`keys`)."""

from __future__ import annotations

from collections.abc import Callable

from nozbe import announcing

CHANNEL = "nozbe:keys"


def announce_change(owner: str | None) -> None:
    announcing.announce(CHANNEL, owner or "")


def listen(on_change: Callable[[str], None]) -> None:
    """Call `on_change` with each owner announced, in a thread of its own that ends with the process."""
    announcing.listen(CHANNEL, on_change)

"""Telling every process something at once, by a message through Valkey.

It only makes things faster: what was decided stands in the database, and whoever misses a message finds out when it
next looks there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction

if TYPE_CHECKING:
    import redis

log = structlog.get_logger("nozbe.announcing")

TEAM_CHANGES = "nozbe:work"
"""The IDs of teams in which something was done."""

TIMEOUT_SECONDS = 2
RECONNECT_SECONDS = 2


def announce(channel: str, text: str) -> None:
    """Never fails: a lost message makes somebody slower, nothing else."""
    import redis

    try:
        _sender().publish(channel, text)
    except redis.RedisError as error:
        log.warning("a change was not announced", channel=channel, error=type(error).__name__)


def announce_team_change(team: str) -> None:
    """Once the running transaction is committed."""
    transaction.on_commit(lambda: announce(TEAM_CHANGES, team))


def listen(channel: str, on_text: Callable[[str], None], *, on_connected: Callable[[], None] = lambda: None) -> None:
    """Call `on_text` with each text announced, in a thread of its own that ends with the process.

    `on_connected`: from now on nothing is missed; called again whenever that was not so for a while.
    """
    threading.Thread(target=_listen, args=[channel, on_text, on_connected], daemon=True, name=channel).start()


def _listen(channel: str, on_text: Callable[[str], None], on_connected: Callable[[], None]) -> None:
    import redis

    pause = threading.Event()
    while True:
        try:
            with redis.Redis.from_url(settings.VALKEY_URL, socket_connect_timeout=TIMEOUT_SECONDS) as client:
                subscription = client.pubsub()
                subscription.subscribe(channel)
                for message in subscription.listen():
                    if message["type"] == "subscribe":
                        on_connected()
                    else:
                        on_text(message["data"].decode(errors="replace"))
        except redis.RedisError:
            pause.wait(RECONNECT_SECONDS)  # the database is looked at meanwhile


@lru_cache(maxsize=1)
def _sender() -> redis.Redis:
    import redis

    return redis.Redis.from_url(
        settings.VALKEY_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


os.register_at_fork(after_in_child=_sender.cache_clear)

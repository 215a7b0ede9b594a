"""Telling every process at once that an owner's keys changed, by a message through Valkey.

It only makes things faster: a process that misses it finds out when it next looks at the ledger (`keys`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

if TYPE_CHECKING:
    import redis

log = structlog.get_logger("nozbe.encryption")

CHANNEL = "nozbe:keys"
TIMEOUT_SECONDS = 2
RECONNECT_SECONDS = 2


def announce_change(owner: str | None) -> None:
    """Never fails: what was decided is in the database already."""
    import redis

    try:
        _sender().publish(CHANNEL, owner or "")
    except redis.RedisError as error:
        log.warning("a change of keys was not announced", error=type(error).__name__)


def listen(on_change: Callable[[str], None]) -> None:
    """Call `on_change` with each owner announced, in a thread of its own that ends with the process."""
    threading.Thread(target=_listen, args=[on_change], daemon=True, name="keys").start()


def _listen(on_change: Callable[[str], None]) -> None:
    import redis

    pause = threading.Event()
    while True:
        try:
            with redis.Redis.from_url(settings.VALKEY_URL, socket_connect_timeout=TIMEOUT_SECONDS) as client:
                subscription = client.pubsub(ignore_subscribe_messages=True)
                subscription.subscribe(CHANNEL)
                for message in subscription.listen():
                    on_change(message["data"].decode(errors="replace"))
        except redis.RedisError:
            pause.wait(RECONNECT_SECONDS)  # the ledger is looked at meanwhile


@lru_cache(maxsize=1)
def _sender() -> redis.Redis:
    import redis

    return redis.Redis.from_url(
        settings.VALKEY_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


os.register_at_fork(after_in_child=_sender.cache_clear)

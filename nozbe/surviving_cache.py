"""A cache that goes on when Valkey does not answer: by the memory of the process, until Valkey is back.

What is kept here are counts of limits, so losing Valkey must neither fail a request nor lift a limit: meanwhile each
process counts for itself. Nothing else may depend on it: what was written during an outage is gone after it, and what
was deleted is back.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.utils.functional import cached_property

log = structlog.get_logger("nozbe.cache")

TIMEOUT_SECONDS = 0.5
PAUSE_SECONDS = 5.0
MOST_MEANWHILE = 20_000
"""Entries in the memory of a process; the oldest third goes when there are more."""


TALLY = """
    local count = redis.call('INCR', KEYS[1])
    if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
    return count
"""


class OwnMemory(LocMemCache):
    """The memory of this process alone."""

    def tally(self, key: str, seconds: int) -> int:
        """As `SurvivingCache.tally`."""
        return 1 if self.add(key, 1, seconds) else int(self.incr(key))


class Valkey(RedisCache):
    def tally(self, key: str, seconds: int) -> int:
        """As `SurvivingCache.tally`, in one round trip."""
        return int(self._tally(keys=[self.make_and_validate_key(key)], args=[seconds]))

    @cached_property
    def _tally(self) -> Any:
        """Kept: Django makes a client for each act, which costs more than asking."""
        return self._cache.get_client(None, write=True).register_script(TALLY)


class SurvivingCache(Valkey):
    """Takes the options of RedisCache, and `pause_seconds`: how long a server that did not answer is left alone."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        options = dict(params.get("OPTIONS", {}))
        self._outage = _outage_of(server, options.pop("pause_seconds", PAUSE_SECONDS))
        self._options = _connection_options() | options
        shared = {name: value for name, value in params.items() if name != "OPTIONS"}
        self._meanwhile = OwnMemory(f"instead of {server}", shared | {"max_entries": MOST_MEANWHILE})

    def _do(self, act: str, *words: Any, **more: Any) -> Any:
        import redis  # where it is used: it takes long to load

        if self._outage.may_ask():
            try:
                answer = getattr(super(), act)(*words, **more)
            except redis.RedisError as error:
                self._outage.goes_on(error)
            else:
                self._outage.ends()
                return answer
        return getattr(self._meanwhile, act)(*words, **more)

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._do("add", key, value, timeout, version=version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._do("get", key, default, version=version)

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._do("set", key, value, timeout, version=version)

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._do("touch", key, timeout, version=version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._do("delete", key, version=version))

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        found: dict[Any, Any] = self._do("get_many", keys, version=version)
        return found

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._do("has_key", key, version=version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError for a key that is not there."""
        return int(self._do("incr", key, delta, version=version))

    def tally(self, key: str, seconds: int) -> int:
        """One more. Returns how many in a window of so many seconds that began with the first."""
        return int(self._do("tally", key, seconds))

    def set_many(self, data: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        left: list[Any] = self._do("set_many", data, timeout, version=version)
        return left

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._do("delete_many", keys, version=version)

    def clear(self) -> None:
        self._meanwhile.clear()
        self._do("clear")


class Outage:
    """Whether a server is away, as all threads of the process see it; one of them asks it again after each pause."""

    def __init__(self, pause_seconds: float) -> None:
        self.pause_seconds = pause_seconds
        self._lock = threading.Lock()
        self._ask_again_at: float | None = None

    def may_ask(self) -> bool:
        if self._ask_again_at is None:
            return True
        with self._lock:
            now = time.monotonic()
            if self._ask_again_at is None or now >= self._ask_again_at:
                self._ask_again_at = now + self.pause_seconds  # the others go on without it while this one asks
                return True
            return False

    def goes_on(self, error: Exception) -> None:
        with self._lock:
            begins = self._ask_again_at is None
            self._ask_again_at = time.monotonic() + self.pause_seconds
        if begins:
            log.warning("the cache is away; each process counts for itself", error=type(error).__name__)

    def ends(self) -> None:
        if self._ask_again_at is not None:
            with self._lock:
                ended, self._ask_again_at = self._ask_again_at is not None, None
            if ended:
                log.info("the cache is back")


_outages: dict[tuple[str, float], Outage] = {}


def _outage_of(server: str, pause_seconds: float) -> Outage:
    """Django makes a cache for each thread; they share what they know."""
    return _outages.setdefault((server, pause_seconds), Outage(pause_seconds))


def _connection_options() -> dict[str, Any]:
    """A connection that the server has closed meanwhile is opened anew once, one that hangs is not."""
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as Closed
    from redis.retry import Retry

    return {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 1, supported_errors=(Closed,)),
    }

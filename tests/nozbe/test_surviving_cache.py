"""Losing Valkey neither fails a request nor lifts a limit."""

from __future__ import annotations

import logging
import socket
import time

import pytest

from nozbe.surviving_cache import SurvivingCache
from tests.relay import Relay

PAUSE_SECONDS = 0.3


@pytest.fixture
def relay():
    relay = Relay()
    yield relay
    relay.close()


def cache_at(url: str) -> SurvivingCache:
    return SurvivingCache(url, {"KEY_PREFIX": "surviving", "OPTIONS": {"pause_seconds": PAUSE_SECONDS}})


def use_it(cache: SurvivingCache) -> None:
    """Every verb, with the answers of any cache."""
    cache.clear()
    assert cache.get("count") is None
    assert cache.add("count", 1, timeout=60)
    assert not cache.add("count", 5, timeout=60)
    assert cache.incr("count") == 2
    assert cache.decr("count") == 1
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")
    cache.set("a", {"list": [1]}, timeout=60)
    cache.set_many({"b": 2, "c": 3}, timeout=60)
    assert cache.get_many(["a", "b", "c", "d"]) == {"a": {"list": [1]}, "b": 2, "c": 3}
    assert cache.has_key("b")
    assert cache.touch("b", timeout=90)
    assert cache.delete("b")
    cache.delete_many(["a", "c"])
    assert cache.get_many(["a", "b", "c"]) == {}
    assert cache.get_or_set("e", 5, timeout=60) == 5


def test_with_valkey_it_is_any_cache(relay):
    use_it(cache_at(relay.url()))


def test_nobody_at_the_port_is_any_cache_too():
    use_it(cache_at("redis://127.0.0.1:1/0"))


def test_a_server_that_never_answers_delays_one_call_and_not_each():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        use_it(cache_at(f"redis://127.0.0.1:{mute.getsockname()[1]}/0"))
        assert time.monotonic() - began < 3


def test_an_outage_is_counted_through_said_once_and_ends(relay, caplog):
    caplog.set_level(logging.INFO)
    cache, of_another_thread = cache_at(relay.url()), cache_at(relay.url())
    cache.set("count", 10, timeout=60)
    relay.cut()
    assert cache.get("count") is None
    assert cache.add("count", 1, timeout=60)
    assert [cache.incr("count"), of_another_thread.incr("count"), cache.incr("count")] == [2, 3, 4]
    relay.mend()
    deadline = time.monotonic() + 10
    while cache.get("count") != 10:
        assert time.monotonic() < deadline, "it did not notice that Valkey is back"
        time.sleep(0.05)
    assert of_another_thread.incr("count") == 11
    said = [record for record in caplog.records if record.name == "nozbe.cache"]
    assert [record.levelname for record in said] == ["WARNING", "INFO"]


def test_a_connection_closed_by_the_server_is_no_outage(relay, caplog):
    cache = cache_at(relay.url())
    cache.set("count", 10, timeout=60)
    relay.cut()
    relay.mend()
    assert cache.get("count") == 10
    assert not [record for record in caplog.records if record.name == "nozbe.cache"]

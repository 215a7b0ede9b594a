"""Internal ports: a block of its own for every stack, so that stacks don't collide, also when they start together.

A block, and each public port, is held by a lock on a file in /tmp for as long as the stack runs. The block that a
stack had before is tried first.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import socket
from pathlib import Path

from nozbe.local import secrets
from nozbe.local.stack import CannotStart, Stack

STORE_PORTS = ("master", "volume", "filer", "s3")
NAMES = (
    "postgresql",
    "valkey",
    "openbao",
    "openbao-cluster",
    *(f"{store}-{part}{grpc}" for store in ("ireland", "paris") for part in STORE_PORTS for grpc in ("", "-grpc")),
    "web",
    "events",
    "uploads",
    "backoffice",
    "console",
    "metrics",
)
BLOCK_SIZE = 32
BLOCKS = range(20000, 29984, BLOCK_SIZE)
"""Below the ports that Linux hands out to outgoing connections (ip_local_port_range, from 32768)."""

HOST = "127.0.0.1"
UNLOCKED = -1


class PortBlock:
    """The internal ports of one stack, by name, from `take` until the process ends."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.file = stack.path("config", "ports.json")
        self.ports: dict[str, int] = {}
        self._locks: list[int] = []

    def take_public(self) -> None:
        """Hold the three public ports. Raises CannotStart, naming the port, when one is in use or another stack's."""
        for name, port in self.stack.ports.items():
            try:
                lock = _lock(port)
            except OSError:
                lock = UNLOCKED  # left behind by another user; then only whether it is in use right now can be told
            if lock is None or not is_free(port):
                raise CannotStart(
                    f"Port {port} (for the {name} site) is in use. "
                    "Choose three free ones in a row: NOZBE_PORT=8100 make up"
                )
            if lock != UNLOCKED:
                self._locks.append(lock)

    def take(self) -> dict[str, int]:
        """Find a block of which no port is in use and no other stack's. Raises CannotStart when there is none."""
        before: dict[str, int] = json.loads(self.file.read_text()) if self.file.exists() else {}
        blocks = [first for first in before.values() if first in BLOCKS] + random.sample(BLOCKS, k=len(BLOCKS))
        for first in blocks:
            try:
                lock = _lock(first)
            except OSError:
                continue  # another user's
            if lock is None:
                continue
            ports = {name: first + offset for offset, name in enumerate(NAMES)}
            if all(is_free(port) and port not in self.stack.ports.values() for port in ports.values()):
                self._locks.append(lock)
                self.ports = ports
                secrets.write(self.file, json.dumps(ports, indent=2))
                return ports
            os.close(lock)
        raise CannotStart("No block of free ports between 20000 and 30000 was found.")


def read(stack: Stack) -> dict[str, int]:
    """The ports of a stack that was started before."""
    result: dict[str, int] = json.loads(stack.path("config", "ports.json").read_text())
    return result


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _lock(port: int) -> int | None:
    """A descriptor that holds the port, or the block that begins with it; None when another stack does.

    Raises OSError when another user's file is in the way. /tmp, not TMPDIR: all stacks of a machine must meet there.
    """
    path = Path("/tmp", f"nozbe-port-{port}.lock")  # noqa: S108 — never followed, never read
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor

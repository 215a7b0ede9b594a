"""How entries hang together. Pure, and short enough to be written again by whoever wants to check us."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

GENESIS = bytes(32)


@dataclass(frozen=True)
class Head:
    """How long the chain is, and the hash at its end."""

    seq: int = 0
    hash: bytes = GENESIS


def line(seq: int, fields: Iterable[str | None]) -> str:
    """The canonical text of an entry: `seq|id|at|db_user|actor|team|account|verb|object`.

    `at` is in microseconds since 1970-01-01T00:00Z; None is empty, which no value is. No value has a `|` in it.
    """
    return "|".join([str(seq), *(field or "" for field in fields)])


def link(previous: bytes, line: str) -> bytes:
    """SHA-256 of the previous hash and the line's UTF-8."""
    return sha256(previous + line.encode()).digest()

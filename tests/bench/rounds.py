"""Interleaved rounds: the floor and what is measured take turns, so that a busy moment hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

ROUNDS = 5


@dataclass(frozen=True)
class Measured:
    name: str
    unit: str
    floor: float
    ours: float

    def ratio(self) -> float:
        return self.ours / self.floor

    def __str__(self) -> str:
        return (
            f"  {self.name:<44} floor {self.floor:9.2f}   ours {self.ours:9.2f} {self.unit:<10} {self.ratio():5.2f} ×"
        )


def statements_of(work: Callable[[], object]) -> int:
    """How many statements it sends, with signing in, BEGIN and the rest; a COMMIT of Django's is none here."""
    sent = 0
    execute = psycopg.Cursor.execute

    def counting(cursor: Any, *given: Any, **options: Any) -> Any:
        nonlocal sent
        sent += 1
        return execute(cursor, *given, **options)

    psycopg.Cursor.execute = counting
    try:
        work()
    finally:
        psycopg.Cursor.execute = execute
    return sent


def microseconds_each(name: str, *, floor: Callable[[], object], ours: Callable[[], object], count: int) -> Measured:
    """Time for one of `count` things, medians over the rounds."""
    times: dict[str, list[float]] = {"floor": [], "ours": []}
    for _ in range(ROUNDS):
        for which, work in (("floor", floor), ("ours", ours)):
            began = time.perf_counter()
            work()
            times[which].append((time.perf_counter() - began) / count * 1e6)
    return Measured(name, "µs each", statistics.median(times["floor"]), statistics.median(times["ours"]))

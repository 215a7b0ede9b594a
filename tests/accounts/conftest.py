from __future__ import annotations

import time

import pytest

from accounts import guessing


class Clock:
    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """What limits go by, standing still until set forward."""
    clock = Clock()
    monkeypatch.setattr(guessing, "clock", clock)
    return clock

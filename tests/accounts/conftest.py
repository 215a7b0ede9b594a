from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher

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


@pytest.fixture
def mandatory(settings) -> None:
    """As in production: nobody is in before the address is confirmed."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def no_mail_server(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


@pytest.fixture
def hashed(monkeypatch) -> Iterator[list[str]]:
    """Grows with each password that is hashed: the work that a stop watch would see."""
    done: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self, password, salt):
        done.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return done

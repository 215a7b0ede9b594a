"""Where nothing may be opened: `with redacted():` turns every attempt into an error, however the value is reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from nozbe.sites import SITES

_redacted: ContextVar[bool] = ContextVar("redacted", default=False)


class Redacted(Exception):
    """Somebody tried to open sealed content where that must not be. A mistake of ours, never a person's."""


@contextmanager
def redacted() -> Iterator[None]:
    """Inside, opening raises `Redacted`, in this thread or async task and whatever it calls. Sealing goes on.

    A thread started inside does not inherit it (contextvars, PEP 567).
    """
    token = _redacted.set(True)
    try:
        yield
    finally:
        _redacted.reset(token)


def refuse_when_redacted() -> None:
    """Raise `Redacted` inside `redacted()`, and always in a process that has no business with keys."""
    if _redacted.get():
        raise Redacted("sealed content cannot be opened here")
    if not SITES[settings.SITE].uses_key_server:
        raise Redacted(f"the {settings.SITE} site opens no sealed content")

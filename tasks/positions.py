"""Places in an order, as texts that sort by their bytes: an item moves between two others, and nobody is renumbered.

Fractional indexing (https://observablehq.com/@dgreensp/implementing-fractional-indexing), with a random end: two who
put something into the same gap at the same moment get two places, so that nothing waits for a lock.
"""

from __future__ import annotations

import secrets
import string

from fractional_indexing import (  # type: ignore[import-untyped]  # it has no annotations
    FIError,
    generate_key_between,
)

JITTER = 4
"""Digits of a random end: two in the same gap at once are equal once in 62^4 × 61/62, and then ordered by their IDs."""

MOST = 200
"""Signs a place may have. Each six items put into the same gap, one after another, make it longer by about one."""

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DIGITS = frozenset(DIGITS)


class NoRoom(Exception):
    """Between these two there is none: they are equal, or a place there would be too long."""


def between(before: str | None, after: str | None) -> str:
    """A place after `before` and before `after`; None is the very start or end. Raises NoRoom."""
    try:
        key: str = generate_key_between(before, after)
        while (place := key + _jitter()) and after is not None and place >= after:
            key = generate_key_between(key, after)
    except FIError as error:
        raise NoRoom from error
    if len(place) > MOST:
        raise NoRoom
    return place


def is_place(text: str) -> bool:
    """Whether others can be put before and after it; clients without a network make places themselves."""
    if not 0 < len(text) <= MOST or not _DIGITS.issuperset(text):
        return False
    try:
        generate_key_between(text, None)
        generate_key_between(None, text)
    except FIError:
        return False
    return True


def beside(place: str) -> str:
    """A place right after `place`, or, where that would be too long, the same one: then the ID decides."""
    return place + _jitter() if len(place) + JITTER <= MOST else place


def _jitter() -> str:
    """The last digit is never a zero: there would be no room below."""
    return "".join(secrets.choice(DIGITS) for _ in range(JITTER - 1)) + secrets.choice(DIGITS[1:])

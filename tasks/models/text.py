"""Typed text, before it is kept."""

from __future__ import annotations


def plain(text: str) -> str:
    """One line: without blanks at its ends, and with what breaks lines become blanks."""
    return " ".join(text.split())

"""Whose something is, so that it can be counted and compared but not read: for Valkey, which holds nobody's data."""

from __future__ import annotations

from django.utils.crypto import salted_hmac


def hidden(whose: str) -> str:
    """Neither people's addresses and IDs nor their machines' addresses can be told from it without the secret key."""
    return salted_hmac("nozbe.hiding", whose, algorithm="sha256").hexdigest()[:32]

"""IDs that follow from what something is about, so that whoever makes it, and however often, makes the same one."""

from __future__ import annotations

import hashlib

from nozbe.models import ID_ALPHABET, ID_LENGTH


def derived_id(*parts: str) -> str:
    """From the SHA-256 of the parts, joined by colons: its first 16 bytes, each modulo 62, in `0-9A-Za-z`.

    A client without a network works out the same one.
    """
    digest = hashlib.sha256(":".join(parts).encode()).digest()
    return "".join(ID_ALPHABET[byte % len(ID_ALPHABET)] for byte in digest[:ID_LENGTH])

"""Short texts sealed under keys made of the site's own secret (docs/decisions/0014): one key a purpose. Pure.

    "sealed:1:" | base64url( nonce(12) | ciphertext | tag(16) )

AES-256-GCM (NIST SP 800-38D) with a random nonce; the associated data are the nine characters before. The key is
HKDF-SHA256 (RFC 5869) of the secret key, without salt, with the purpose as `info`.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "sealed:1:"
SECOND_FACTORS = "nozbe second factors 1"
NEW_ADDRESSES = "nozbe new addresses 1"
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value is damaged, was never sealed, or under a secret key that we were not given."""


def seal(text: str, *, info: str, secret_key: str, nonce: bytes | None = None) -> str:
    """`nonce` is for known-answer tests only."""
    nonce = nonce or os.urandom(NONCE_BYTES)
    sealed = nonce + _cipher(secret_key, info).encrypt(nonce, text.encode(), PREFIX.encode())
    return PREFIX + base64.urlsafe_b64encode(sealed).decode()


def unseal(text: str, *, info: str, secret_keys: Sequence[str]) -> str:
    """With the newest key first, then older ones. Raises CannotOpen."""
    if not text.startswith(PREFIX):
        raise CannotOpen("it was never sealed")
    try:
        sealed = base64.b64decode(text.removeprefix(PREFIX), altchars=b"-_", validate=True)
    except ValueError as error:
        raise CannotOpen("it is damaged") from error
    for secret_key in secret_keys:
        try:
            nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            return _cipher(secret_key, info).decrypt(nonce, rest, PREFIX.encode()).decode()
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            continue
    raise CannotOpen("it is damaged, or sealed under a secret key that is not ours any more")


@lru_cache(maxsize=8)
def _cipher(secret_key: str, info: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(secret_key.encode()))

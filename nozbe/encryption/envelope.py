"""One sealed value: AES-256-GCM (NIST SP 800-38D) under a team's field key. Pure: knows no database, no key server.

    version(1) | epoch(4) | nonce(12) | ciphertext | tag(16)

Big-endian. `version` is 1; `epoch` tells which of the team's field keys opens it. The associated data are the first
five bytes, then team, model, primary key and column, each as UTF-8 behind its length in four bytes, so that a value
that was moved to another row, column, model or team does not open, nor one whose epoch was changed.

A nonce is random. NIST allows 2^32 random nonces a key; epochs end monthly, long before.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
HEADER = struct.Struct(">BI")
OVERHEAD_BYTES = HEADER.size + NONCE_BYTES + TAG_BYTES
"""By how much a sealed value is longer than its plaintext."""

MAX_EPOCH = 2**32 - 1

_HEADER = slice(HEADER.size)
_NONCE = slice(HEADER.size, HEADER.size + NONCE_BYTES)
_REST = slice(HEADER.size + NONCE_BYTES, None)


class CannotOpen(Exception):
    """A value is damaged, was moved, or was sealed under a key that we were not given. Says nothing of its content."""


class UnknownEpoch(CannotOpen):
    """The value names an epoch for which there is no key here."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"no key for epoch {epoch}")
        self.epoch = epoch


class Place(NamedTuple):
    """Where a value belongs. It opens nowhere else."""

    team: str
    model: str
    """`app_label.ModelName`."""

    pk: str
    column: str


def seal(plaintext: bytes, place: Place, *, epoch: int, key: AESGCM) -> bytes:
    """The sealed value; another one at every call. Raises ValueError for an epoch outside 0 to 2^32 − 1."""
    if not 0 <= epoch <= MAX_EPOCH:
        raise ValueError("an epoch is a number of 32 bits")
    header = HEADER.pack(VERSION, epoch)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + key.encrypt(nonce, plaintext, _associated_data(header, place))


def open_sealed(sealed: bytes, place: Place, *, keys: Mapping[int, AESGCM]) -> bytes:
    """The plaintext. `keys` maps epoch → key of the team. Raises CannotOpen, and never returns what did not verify."""
    epoch = epoch_of(sealed)
    key = keys.get(epoch)
    if key is None:
        raise UnknownEpoch(epoch)
    try:
        return key.decrypt(sealed[_NONCE], sealed[_REST], _associated_data(sealed[_HEADER], place))
    except InvalidTag:
        raise CannotOpen("the value is damaged or does not belong here") from None


class ColumnOpener:
    """Opens many values of one column of one team: what they have in common is worked out once."""

    def __init__(self, team: str, model: str, column: str, *, keys: Mapping[int, AESGCM]) -> None:
        self._keys: dict[bytes, AESGCM] = {HEADER.pack(VERSION, epoch): key for epoch, key in keys.items()}
        self._before = _words(team, model)
        self._after = _words(column)

    def open(self, pk: str, sealed: bytes) -> bytes:
        """As `open_sealed`."""
        header = sealed[_HEADER]
        key = self._keys.get(header)
        if key is None or len(sealed) < OVERHEAD_BYTES:
            raise UnknownEpoch(epoch_of(sealed))
        encoded = pk.encode()
        associated = header + self._before + len(encoded).to_bytes(4, "big") + encoded + self._after
        try:
            return key.decrypt(sealed[_NONCE], sealed[_REST], associated)
        except InvalidTag:
            raise CannotOpen("the value is damaged or does not belong here") from None


def epoch_of(sealed: bytes) -> int:
    """Which key a value asks for. Raises CannotOpen for what is no sealed value of a version we know."""
    if len(sealed) < OVERHEAD_BYTES:
        raise CannotOpen("the value is too short to be sealed")
    version, epoch = HEADER.unpack_from(sealed)
    if version != VERSION:
        raise CannotOpen(f"version {version} is unknown")
    return int(epoch)


def _associated_data(header: bytes, place: Place) -> bytes:
    """All but the primary key is the same for a whole column, so it is made once."""
    team, model, pk, column = place
    encoded = pk.encode()
    return header + _words(team, model) + len(encoded).to_bytes(4, "big") + encoded + _words(column)


@lru_cache(maxsize=1024)
def _words(*words: str) -> bytes:
    """Each as UTF-8 behind its length."""
    encoded = [word.encode() for word in words]
    return b"".join(len(word).to_bytes(4, "big") + word for word in encoded)

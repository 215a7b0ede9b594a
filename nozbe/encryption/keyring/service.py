"""What we ask of a key server, whichever it is: one protocol, and the ways it can refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class CannotUnwrap(Exception):
    """A wrapped key is damaged, or was wrapped by another key."""


class DataKey(NamedTuple):
    plaintext: bytes
    """32 bytes, never to be stored."""

    wrapped: str
    """The same key, sealed by the key server; safe to store."""


class KeyService(Protocol):
    """Keys that never leave the key server, by name. Every method raises KeyServerUnavailable when it is silent."""

    def create_key(self, name: str) -> None:
        """Make a key. One that exists stays as it is."""

    def new_data_key(self, name: str) -> DataKey:
        """A fresh 256-bit key, wrapped by the named one. Raises NoSuchKey."""

    def wrap(self, name: str, plaintext: bytes) -> str:
        """Bytes of ours, sealed by the named key. Raises NoSuchKey."""

    def unwrap_many(self, name: str, wrapped: Sequence[str]) -> list[bytes]:
        """The plaintexts, in the same order, or none. Raises NoSuchKey or CannotUnwrap."""

    def rewrap_many(self, name: str, wrapped: Sequence[str]) -> list[str]:
        """The same keys under the newest version of the named one, in the same order. Raises as `unwrap_many`."""

    def destroy_key(self, name: str) -> None:
        """End a key for ever, and with it all that it sealed. One that is gone already is fine."""

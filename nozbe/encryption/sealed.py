"""A value as it stands in the database: ciphertext, and the row it was read from. Says nothing of what is in it."""

from __future__ import annotations


class Sealed:
    """`pk` and `owner` are those of the row it was read from, and None when that is not known."""

    __slots__ = ("ciphertext", "owner", "pk")

    def __init__(self, ciphertext: bytes, *, pk: str | None = None, owner: str | None = None) -> None:
        self.ciphertext = ciphertext
        self.pk = pk
        self.owner = owner

    def __repr__(self) -> str:
        return "<sealed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and self.ciphertext == other.ciphertext

    def __hash__(self) -> int:
        return hash(self.ciphertext)

"""Sealing and opening one value, against AES-256-GCM alone on the same bytes, with associated data of that size."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nozbe.encryption import envelope
from nozbe.encryption.opening import open_all, open_values
from nozbe.encryption.sealing import place, seal_text
from tests.bench.rounds import Measured, microseconds_each
from tests.keys import owner_with_keys
from tests.notes.models import Note

COUNT = 10_000
TEXT = "Call the plumber about the kitchen sink before Friday"
ASSOCIATED_DATA = bytes(5 + 16 + 10 + 16 + 4 + 4 * 4)


def measure() -> Iterator[Measured]:
    team = owner_with_keys()
    field = Note._meta.get_field("text")
    key = AESGCM(os.urandom(32))
    plain = TEXT.encode()
    places = [place(field, owner=team, pk=f"{number:016d}") for number in range(COUNT)]
    sealed = [envelope.seal(plain, where, epoch=1, key=key) for where in places]
    raw = [(nonce := os.urandom(12), key.encrypt(nonce, plain, ASSOCIATED_DATA)) for _ in range(COUNT)]

    def raw_seal() -> None:
        for _ in range(COUNT):
            nonce = os.urandom(12)
            key.encrypt(nonce, plain, ASSOCIATED_DATA)

    def raw_open() -> None:
        for nonce, ciphertext in raw:
            key.decrypt(nonce, ciphertext, ASSOCIATED_DATA)

    def seal_all() -> None:
        for where in places:
            envelope.seal(plain, where, epoch=1, key=key)

    def open_each() -> None:
        for where, value in zip(places, sealed, strict=True):
            envelope.open_sealed(value, where, keys={1: key})

    yield microseconds_each("seal a value", floor=raw_seal, ours=seal_all, count=COUNT)
    yield microseconds_each("open a value", floor=raw_open, ours=open_each, count=COUNT)
    yield microseconds_each(
        "seal a text, keys looked up each time",
        floor=raw_seal,
        ours=lambda: [seal_text(TEXT, where) for where in places],
        count=COUNT,
    )
    texts = [(team, where.pk, seal_text(TEXT, where)) for where in places]

    def open_in_bulk() -> None:
        open_values(Note, "text", texts)

    yield microseconds_each("open texts of rows without their model", floor=raw_open, ours=open_in_bulk, count=COUNT)
    Note.objects.bulk_create(Note(team_id=team, text=TEXT) for _ in range(COUNT))
    rows = Note.objects.filter(team_id=team).only("team_id", "text")

    def read_and_raw_open() -> None:
        list(rows.all())
        raw_open()

    def read_and_open() -> None:
        open_all(rows.all())

    yield microseconds_each("read rows and open them", floor=read_and_raw_open, ours=read_and_open, count=COUNT)

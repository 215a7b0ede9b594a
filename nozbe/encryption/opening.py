"""Opening many values in one pass: one look-up of keys for all owners, then nothing but ciphers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db import models

from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.envelope import ColumnOpener, UnknownEpoch
from nozbe.encryption.fields import SealedTextField
from nozbe.encryption.keys import cache
from nozbe.encryption.redaction import refuse_when_redacted
from nozbe.encryption.sealed import Sealed
from nozbe.encryption.sealing import note_opened, open_attribute, open_text, place, sealed_fields

S = TypeVar("S", bound=SealedFields)


def open_all(rows: Iterable[S]) -> list[S]:
    """Open every sealed value that was loaded, of every row. Raises as `sealing.open_text`; then some stay sealed."""
    refuse_when_redacted()
    everything = list(rows)
    for field in {field for model in {type(row) for row in everything} for field in sealed_fields(model)}:
        name = field.attname
        unopened = [row for row in everything if isinstance(row.__dict__.get(name), Sealed)]
        openers = _openers(field, {value.owner for row in unopened if (value := row.__dict__[name]).owner})
        for row in unopened:
            value = row.__dict__[name]
            try:
                text = openers[value.owner].open(value.pk, value.ciphertext).decode()
            except (KeyError, UnknownEpoch):  # read without its owner, or sealed since we looked
                open_attribute(row, field, value)
            else:
                note_opened(row, field, value, text)
    return everything


def open_values(model: type[models.Model], column: str, values: Sequence[tuple[str, str, Sealed | bytes]]) -> list[str]:
    """The texts of one column, in order, for rows that were read without their model: (owner, pk, value) each."""
    refuse_when_redacted()
    field = model._meta.get_field(column)
    if not isinstance(field, SealedTextField):
        raise TypeError(f"{field} is not sealed")
    openers = _openers(field, {owner for owner, _, _ in values})
    texts = []
    for owner, pk, value in values:
        ciphertext = value.ciphertext if isinstance(value, Sealed) else value
        try:
            texts.append(openers[owner].open(pk, ciphertext).decode())
        except UnknownEpoch:
            texts.append(open_text(ciphertext, place(field, owner=owner, pk=pk)))
    return texts


def _openers(field: SealedTextField, owners: Iterable[str]) -> dict[str, ColumnOpener]:
    model, column = field.stands_in
    return {
        owner: ColumnOpener(owner, model, column, keys=keys.by_epoch) for owner, keys in cache.of_many(owners).items()
    }

"""Opening many values in one pass: one look-up of keys for all owners, then nothing but ciphers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db import models

from nozbe.encryption import envelope
from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.fields import SealedTextField
from nozbe.encryption.keys import cache
from nozbe.encryption.redaction import refuse_when_redacted
from nozbe.encryption.sealed import Sealed
from nozbe.encryption.sealing import note_opened, open_attribute, place, sealed_fields

S = TypeVar("S", bound=SealedFields)


def open_all(rows: Iterable[S]) -> list[S]:
    """Open every sealed value that was loaded, of every row. Raises as `sealing.open_text`; then some stay sealed."""
    refuse_when_redacted()
    everything = list(rows)
    unopened = [
        (row, field, value)
        for row in everything
        for field in sealed_fields(type(row))
        if isinstance(value := row.__dict__.get(field.attname), Sealed)
    ]
    keys = cache.of_many({str(value.owner) for _, _, value in unopened if value.owner})
    for row, field, value in unopened:
        found = keys.get(value.owner or "")
        if found is None or value.pk is None or envelope.epoch_of(value.ciphertext) not in found.by_epoch:
            open_attribute(row, field, value)
        else:
            where = place(field, owner=str(value.owner), pk=value.pk)
            text = envelope.open_sealed(value.ciphertext, where, keys=found.by_epoch).decode()
            note_opened(row, field, value, text)
    return everything


def open_values(model: type[models.Model], column: str, values: Sequence[tuple[str, str, Sealed | bytes]]) -> list[str]:
    """The texts of one column, in order, for rows that were read without their model: (owner, pk, value) each."""
    refuse_when_redacted()
    field = model._meta.get_field(column)
    if not isinstance(field, SealedTextField):
        raise TypeError(f"{field} is not sealed")
    keys = cache.of_many({owner for owner, _, _ in values})
    texts = []
    for owner, pk, value in values:
        ciphertext = value.ciphertext if isinstance(value, Sealed) else value
        if envelope.epoch_of(ciphertext) not in keys[owner].by_epoch:
            keys[owner] = cache.refresh(owner)
        by_epoch = keys[owner].by_epoch
        texts.append(envelope.open_sealed(ciphertext, place(field, owner=owner, pk=pk), keys=by_epoch).decode())
    return texts

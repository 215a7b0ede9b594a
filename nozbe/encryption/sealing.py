"""Sealing and opening the values of one row. Many rows at once: `opening`."""

from __future__ import annotations

from functools import cache as cached
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from nozbe.encryption import envelope
from nozbe.encryption.envelope import CannotOpen, Place, UnknownEpoch
from nozbe.encryption.keys import cache
from nozbe.encryption.redaction import refuse_when_redacted
from nozbe.encryption.sealed import Sealed

if TYPE_CHECKING:
    from nozbe.encryption.fields import SealedTextField

OWNERS = "_owners_as_read"
"""Attribute of an instance: owner's attribute → what the database had there."""

ORIGINALS = "_opened"
"""Attribute of an instance: field's attribute → (as it was read, what was in it)."""


@cached
def sealed_fields(model: type[models.Model]) -> tuple[SealedTextField, ...]:
    from nozbe.encryption.fields import SealedTextField

    return tuple(field for field in model._meta.concrete_fields if isinstance(field, SealedTextField))


def place(field: SealedTextField, *, owner: str, pk: str) -> Place:
    """Where a value of this column belongs."""
    model, column = field.stands_in
    return Place(owner, model, pk, column)


def seal_text(text: str, where: Place) -> Sealed:
    """Under the owner's newest key. Raises KeyServerUnavailable, KeyDestroyed, ValidationError for what is no text."""
    if not isinstance(text, str):
        raise TypeError("only text can be sealed here")
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        raise ValidationError("This has signs in it that are no text.", code="not_text") from None
    keys = cache.of(where.team)
    ciphertext = envelope.seal(plain, where, epoch=keys.newest, key=keys.by_epoch[keys.newest])
    return Sealed(ciphertext, pk=where.pk, owner=where.team)


def open_text(ciphertext: bytes, where: Place) -> str:
    """Raises CannotOpen for what is damaged or was moved, KeyServerUnavailable, KeyDestroyed, and Redacted."""
    refuse_when_redacted()
    try:
        return envelope.open_sealed(ciphertext, where, keys=cache.of(where.team).by_epoch).decode()
    except UnknownEpoch:
        return envelope.open_sealed(ciphertext, where, keys=cache.refresh(where.team).by_epoch).decode()


def open_attribute(instance: models.Model, field: SealedTextField, value: Sealed) -> str:
    """Open it in place: the row keeps the plain text, and what it was read as."""
    text = open_text(value.ciphertext, place(field, owner=_origin_owner(instance, field, value), pk=_origin_pk(value)))
    note_opened(instance, field, value, text)
    return text


def note_opened(instance: models.Model, field: SealedTextField, value: Sealed, text: str) -> None:
    instance.__dict__[field.attname] = text
    instance.__dict__.setdefault(ORIGINALS, {})[field.attname] = (value, text)


def sealed_value(instance: models.Model, field: SealedTextField) -> Sealed | None:
    """What to write: the value as it was read when neither it nor its place changed, else newly sealed."""
    if field.attname not in instance.__dict__:
        raise ValueError(f"{field} was not loaded: a copy needs the whole row")
    value = instance.__dict__[field.attname]
    if value is None:
        return None
    where = place(field, owner=_owner(instance, field), pk=str(instance.pk))
    sealed, text = (value, None) if isinstance(value, Sealed) else _original(instance, field, value)
    if sealed is not None and sealed.owner is None:
        open_text(sealed.ciphertext, where)  # read without its owner: see that it belongs here
        sealed.owner = where.team
    if sealed is not None and (sealed.pk, sealed.owner) == (where.pk, where.team):
        return sealed
    if text is None:  # unopened, and the row it goes to is another than the one it came from
        text = open_attribute(instance, field, value)
    sealed = seal_text(text, where)
    note_opened(instance, field, sealed, text)
    return sealed


def as_it_was_read(instance: models.Model, field: SealedTextField) -> Sealed | None:
    value = instance.__dict__[field.attname]
    if value is None or isinstance(value, Sealed):
        return value
    sealed, _text = _original(instance, field, value)
    if sealed is None:
        raise TypeError(f"{field} holds text that was not saved; it cannot be copied or cached in clear")
    return sealed


def _original(instance: models.Model, field: SealedTextField, value: Any) -> tuple[Sealed | None, Any]:
    sealed, text = instance.__dict__.get(ORIGINALS, {}).get(field.attname, (None, None))
    return (sealed, value) if sealed is not None and text == value else (None, value)


def _owner(instance: models.Model, field: SealedTextField) -> str:
    owner = getattr(instance, field.owner_attname)
    if not owner:
        raise ValueError(f"{field} cannot be sealed before {field.owner} says for whom")
    return str(owner)


def _origin_owner(instance: models.Model, field: SealedTextField, value: Sealed) -> str:
    return value.owner or _owner(instance, field)


def _origin_pk(value: Sealed) -> str:
    if value.pk is None:
        raise CannotOpen("the value was read without its row, so nobody knows where it belongs")
    return value.pk

"""What stands behind `task.name`: opens the sealed value when it is first read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from nozbe.encryption import sealing
from nozbe.encryption.querysets import SealedQuerySet
from nozbe.encryption.redaction import refuse_when_redacted
from nozbe.encryption.sealed import Sealed

if TYPE_CHECKING:
    from nozbe.encryption.fields import SealedTextField

_carrying: ContextVar[bool] = ContextVar("carrying", default=False)


@contextmanager
def carried_unopened() -> Iterator[None]:
    """Inside, reading a sealed attribute gives it as it is: for Django's own copying from row to row."""
    token = _carrying.set(True)
    try:
        yield
    finally:
        _carrying.reset(token)


class SealedAttribute(DeferredAttribute):
    field: SealedTextField

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])  # deferred
        value = instance.__dict__[name]
        if value is None or _carrying.get():
            return value
        refuse_when_redacted()
        if isinstance(value, Sealed):
            value = sealing.open_attribute(instance, self.field, value)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        """Without this the instance's own dictionary would come first, and hand out what is sealed."""
        instance.__dict__[self.field.attname] = value


class SealedFields(models.Model):
    """Every model with sealed fields is one of these; a system check says so."""

    objects = SealedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __getstate__(self) -> dict[str, Any]:
        """For pickles and copies: what was opened is sealed again, so that no cache ever holds it in clear.

        Raises TypeError for text that was never saved.
        """
        state = super().__getstate__()
        for field in sealing.sealed_fields(type(self)):
            if field.attname in state:
                state[field.attname] = sealing.as_it_was_read(self, field)
        state.pop(sealing.ORIGINALS, None)
        return state

    def save(self, **options: Any) -> None:  # by name alone: none slips past the check
        """Raises ValueError for a row that would be left with values that belong to its former owner."""
        self._refuse_half_a_move(options.get("update_fields"))
        super().save(**options)
        self.note_owners()

    # Our stubs are of Django 6.1, which gives one argument more than the 5.2 that we run.
    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Self:  # type: ignore[override]  # the line above
        """Note on each value which row it came from: it opens there and nowhere else."""
        instance = super().from_db(db, field_names, values)
        instance._note_origins(None)
        return instance

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        with carried_unopened():
            super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._note_origins(None if fields is None else set(fields))

    def note_owners(self) -> None:
        """After writing: what the row holds now is what the database has."""
        names = {field.owner_attname for field in sealing.sealed_fields(type(self))}
        self.__dict__.setdefault(sealing.OWNERS, {}).update(
            {name: self.__dict__[name] for name in names if name in self.__dict__}
        )

    def _note_origins(self, read: set[str] | None) -> None:
        """What was just read from the database: everything there is, or only those attributes."""
        owners: dict[str, Any] = self.__dict__.setdefault(sealing.OWNERS, {})
        fields = sealing.sealed_fields(type(self))
        for field in fields:
            name = field.owner_attname
            if name in self.__dict__ and (read is None or name in read or name.removesuffix("_id") in read):
                owners[name] = self.__dict__[name]
        for field in fields:
            value = self.__dict__.get(field.attname)
            if isinstance(value, Sealed) and (value.pk is None or value.owner is None):
                value.pk = str(self.pk)
                value.owner = owners.get(field.owner_attname)

    def _refuse_half_a_move(self, update_fields: Any) -> None:
        """A row moves to another owner as a whole, or what is left behind would open for nobody."""
        owners = self.__dict__.get(sealing.OWNERS)
        if owners is None or self._state.adding:
            return
        for field in sealing.sealed_fields(type(self)):
            name = field.owner_attname
            moved = name in self.__dict__ and self.__dict__[name] != owners.get(name)
            comes_along = field.attname in self.__dict__ and (update_fields is None or field.name in update_fields)
            if moved and not (name in owners and comes_along):
                raise ValueError(f"{field} belongs to its owner: load the row whole, and save it whole, to move it")

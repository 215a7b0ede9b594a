"""What stands behind `task.name`: opens the sealed value when it is first read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from nozbe.encryption import sealing
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
        if isinstance(value, Sealed) and not _carrying.get():
            value = sealing.open_attribute(instance, self.field, value)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        """Without this the instance's own dictionary would come first, and hand out what is sealed."""
        instance.__dict__[self.field.attname] = value


class SealedFields(models.Model):
    """Every model with sealed fields is one of these."""

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

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Self:  # type: ignore[override]  # stubs are of 6.1
        """Note on each value which row it came from: it opens there and nowhere else."""
        instance = super().from_db(db, field_names, values)
        instance._note_origins()
        return instance

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        with carried_unopened():
            super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._note_origins()

    def _note_origins(self) -> None:
        for field in sealing.sealed_fields(type(self)):
            value = self.__dict__.get(field.attname)
            if isinstance(value, Sealed) and value.pk is None:
                value.pk = str(self.pk)
                value.owner = self.__dict__.get(field.owner_attname)

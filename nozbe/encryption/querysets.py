"""Queries that write: none may send plain text, or leave a value with a row or an owner it was not sealed for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models

from nozbe.encryption.sealing import sealed_fields

if TYPE_CHECKING:
    from nozbe.encryption.fields import SealedTextField


class SealedQuerySet(models.QuerySet[Any]):
    """Of every model with sealed fields; querysets of its own derive from it, and a system check says so."""

    def update(self, **values: Any) -> int:
        """Sealed columns take only None; rows keep their owner and their ID. Raises FieldError."""
        self._refuse({name for name, value in values.items() if not (value is None and name in self._sealed_names())})
        return super().update(**values)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        names = list(fields)
        self._refuse(set(names))
        return super().bulk_update(objs, names, batch_size)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        """No upsert of sealed columns: the row that is there may have another ID than the one they were sealed for."""
        if options.get("update_conflicts"):
            self._refuse(set(options.get("update_fields") or ()))
        made = super().bulk_create(objs, *args, **options)
        for row in made:
            row.note_owners()
        return made

    def _sealed(self) -> tuple[SealedTextField, ...]:
        model: type[models.Model] = self.model
        return sealed_fields(model)

    def _sealed_names(self) -> set[str]:
        return {name for field in self._sealed() for name in (field.name, field.attname)}

    def _refuse(self, names: set[str]) -> None:
        bound = {name for field in self._sealed() for name in field.bound_to}
        if wrong := names & (bound | self._sealed_names()):
            raise FieldError(
                f"{', '.join(sorted(wrong))} of {self.model._meta.label} is sealed, or what others are sealed for: "
                "change it on the row and save that"
            )

"""What can be wrong with the way a sealed field is declared (Django's system checks, encryption.E001 to E004)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
from django.db import models

if TYPE_CHECKING:
    from nozbe.encryption.fields import SealedTextField


def problems(field: SealedTextField) -> Iterator[CheckMessage]:
    """Found by `manage.py check`, which every command and `make check` run."""
    meta = field.model._meta
    if field.name in _names_in_order_and_constraints(meta):
        yield Error(
            f"{field} is sealed and cannot be ordered, indexed or unique.",
            hint="Order and constrain in Python, or by a column that is not sealed.",
            obj=field,
            id="encryption.E001",
        )
    if not _is_sealed_model(field.model):
        yield Error(
            f"{field} is in a model that is not of SealedFields, or has a queryset that is not of SealedQuerySet.",
            hint="Derive the model from SealedFields, and its querysets from SealedQuerySet.",
            obj=field,
            id="encryption.E002",
        )
    if not _has_column(meta, field.owner_attname):
        yield Error(
            f"{field} is sealed for {field.owner}, which is no column of its own table.",
            hint="Give owner= the attribute that holds an ID, such as team_id, or pk.",
            obj=field,
            id="encryption.E003",
        )
    if not isinstance(meta.pk, models.CharField):
        yield Error(
            f"{field} is in a model whose primary key is not text.",
            hint="Derive the model from nozbe.models.Record.",
            obj=field,
            id="encryption.E004",
        )


def _is_sealed_model(model: type[models.Model]) -> bool:
    from nozbe.encryption.attribute import SealedFields
    from nozbe.encryption.querysets import SealedQuerySet

    querysets = [type(manager.get_queryset()) for manager in model._meta.managers]
    return issubclass(model, SealedFields) and all(issubclass(queryset, SealedQuerySet) for queryset in querysets)


def _has_column(meta: Any, attname: str) -> bool:
    try:
        return meta.get_field(attname) in meta.local_fields
    except FieldDoesNotExist:
        return False


def _names_in_order_and_constraints(meta: Any) -> set[str]:
    """Also those inside of expressions, such as F("name").asc()."""
    used = {name for together in meta.unique_together for name in together}
    expressions: list[Any] = list(meta.ordering or ())
    for thing in (*meta.constraints, *meta.indexes):
        used |= set(getattr(thing, "fields", ()))
        expressions += getattr(thing, "expressions", ())
    while expressions:
        expression = expressions.pop()
        if isinstance(expression, str):
            used.add(expression.lstrip("-"))
        elif isinstance(expression, models.F):
            used.add(str(vars(expression)["name"]))  # not in the stubs
        else:
            expressions += [source for source in expression.get_source_expressions() if source is not None]
    return used

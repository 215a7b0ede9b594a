"""Rows of a push, written many at once: a statement for all that are new in a table, and one for each set of columns
that changed. Triggers stamp each of them as they would a single one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from nozbe.encryption.sealing import place, seal_text, sealed_fields
from nozbe.sync.push.row import Row
from nozbe.sync.push.rules import Rules, a_name
from nozbe.sync.push.values import stored
from nozbe.sync.tables import SyncedTable
from tasks import positions
from tasks.models.ordered import last_place

AT_ONCE = 1000


def insert(table: SyncedTable, rows: Sequence[Row], rules: Rules) -> None:
    """In the order in which the client says that it made them, and never in the future: lists go by that."""
    model: Any = apps.get_model(table.model)
    in_order = sorted(rows, key=_said_to_be_made)
    begin = timezone.now() - timedelta(milliseconds=len(rows))
    made = []
    for number, row in enumerate(in_order):
        columns = stored(table, row.changes) | rules.own_columns(row) | {"team_id": row.seat.team}
        if rules.unnamed and "name" not in columns:
            columns["name"] = a_name()
        made.append(model(id=row.id, created_at=begin + timedelta(milliseconds=number), **columns))
    if "position" in table.by_name:
        _go_last([instance for instance in made if not instance.position])
    model.objects.bulk_create(made, batch_size=AT_ONCE)


def _said_to_be_made(row: Row) -> float:
    said = row.raw.get("created_at")
    return said if isinstance(said, int | float) and not isinstance(said, bool) else 0


def _go_last(instances: Iterable[Any]) -> None:
    """Those that say no place, behind all that stand there, one after another."""
    last: dict[str, str] = {}
    for instance in instances:
        siblings = instance.siblings()
        order = str(siblings.query)
        try:
            last[order] = positions.between(last[order], None) if order in last else last_place(siblings)
        except positions.NoRoom:
            last[order] = positions.between(None, None)
        instance.position = last[order]


def update(table: SyncedTable, rows: Sequence[Row]) -> None:
    model = apps.get_model(table.model)
    alike: dict[tuple[str, ...], list[tuple[Row, dict[str, Any]]]] = defaultdict(list)
    for row in rows:
        columns = stored(table, row.changes)
        if columns:
            alike[tuple(sorted(columns))].append((row, columns))
    for names, some in alike.items():
        _write(model, [model._meta.get_field(name) for name in names], some)


def _write(model: type[models.Model], fields: list[Any], rows: list[tuple[Row, dict[str, Any]]]) -> None:
    """UPDATE by arrays: as many parameters as columns, however many rows."""
    by_column = {field.column: field for field in fields}
    values = [[row.id for row, _columns in rows]]
    values += [[_for_database(field, row, columns) for row, columns in rows] for field in fields]
    names = ", ".join(f'"{name}"' for name in by_column)
    sets = ", ".join(f'"{name}" = v."{name}"' for name in by_column)
    arrays = ", ".join(["%s::varchar[]", *(f"%s::{_type(field)}[]" for field in fields)])
    table = model._meta.db_table
    sql = f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS v(id, {names}) WHERE {table}.id = v.id"  # noqa: S608 — names of columns
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _for_database(field: Any, row: Row, columns: dict[str, Any]) -> Any:
    value = columns[field.attname]
    if value is not None and field in sealed_fields(field.model):
        assert row.stored is not None
        return seal_text(value, place(field, owner=row.stored.team, pk=row.id)).ciphertext
    return value


def _type(field: Any) -> str:
    """Without what says how long it may be: that was seen to."""
    return str(field.db_type(connection)).partition("(")[0].partition(" CHECK")[0]


def remove(table: SyncedTable, rows: Sequence[Row]) -> None:
    model = apps.get_model(table.model)
    model._base_manager.filter(pk__in=[row.id for row in rows]).delete()

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

from nozbe.database.prepared import write
from nozbe.encryption.sealing import place, seal_text, sealed_fields
from nozbe.sync.push.row import Row
from nozbe.sync.push.rules import Rules, a_name
from nozbe.sync.push.values import stored
from nozbe.sync.tables import SyncedTable
from tasks import positions
from tasks.models.ordered import last_place


def insert(table: SyncedTable, rows: Sequence[Row], rules: Rules) -> None:
    """In the order in which the client says that it made them, and never in the future: lists go by that."""
    model = apps.get_model(table.model)
    in_order = sorted(rows, key=_said_to_be_made)
    begin = timezone.now() - timedelta(milliseconds=len(rows))
    otherwise = {field.attname: field.get_default() for field in model._meta.concrete_fields if field.has_default()}
    made = []
    for number, row in enumerate(in_order):
        own = {"id": row.id, "team_id": row.seat.team, "created_at": begin + timedelta(milliseconds=number)}
        columns = otherwise | stored(table, row.changes) | rules.own_columns(row) | own
        if rules.unnamed and "name" not in columns:
            columns["name"] = a_name()
        made.append(columns)
    if "position" in table.by_name:
        _go_last(model, [columns for columns in made if not columns.get("position")], rules)
    arrays: list[tuple[Any, Any]] = []
    alike: list[tuple[Any, Any]] = []
    for field in model._meta.concrete_fields:
        column = _column(field, made)
        if field.primary_key or column.count(column[0]) < len(column):
            arrays.append((field, column))
        else:
            alike.append((field, column[0]))
    names = ", ".join(f'"{field.column}"' for field, _value in (*alike, *arrays))
    same = ", ".join(f"%s::{_type(field)}" for field, _value in alike)
    write(
        f"INSERT INTO {model._meta.db_table} ({names}) "  # noqa: S608 — names of columns
        f"SELECT {same}, v.* FROM unnest({_arrays(field for field, _column in arrays)}) v",
        [value for _field, value in (*alike, *arrays)],
    )


def _column(field: Any, rows: Sequence[dict[str, Any]]) -> list[Any]:
    if field in sealed_fields(field.model):
        return _sealed(field, rows)
    return [columns.get(field.attname, _none(field)) for columns in rows]


def _none(field: Any) -> str | None:
    """Of a column that nothing is said of."""
    return None if field.null else ""


def _said_to_be_made(row: Row) -> float:
    said = row.raw.get("created_at")
    return said if isinstance(said, int | float) and not isinstance(said, bool) else 0


def _go_last(model: Any, rows: Iterable[dict[str, Any]], rules: Rules) -> None:
    """Those that say no place, behind all that stand there, one after another."""
    last: dict[str, str] = {}
    for columns in rows:
        siblings = rules.siblings(model(**columns))
        order = str(siblings.query)
        try:
            last[order] = positions.between(last[order], None) if order in last else last_place(siblings)
        except positions.NoRoom:
            last[order] = positions.between(None, None)
        columns["position"] = last[order]


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
    whole = [columns | {"id": row.id, "team_id": row.team} for row, columns in rows]
    values = [_column(field, whole) for field in fields]
    names = ", ".join(f'"{field.column}"' for field in fields)
    sets = ", ".join(f'"{field.column}" = v."{field.column}"' for field in fields)
    table = model._meta.db_table
    write(
        f"UPDATE {table} SET {sets} FROM unnest(%s::varchar[], {_arrays(fields)}) AS v(id, {names}) "  # noqa: S608 — names of columns
        f"WHERE {table}.id = v.id",
        [[row.id for row, _columns in rows], *values],
    )


def _sealed(field: Any, rows: Iterable[dict[str, Any]]) -> list[bytes]:
    """For their teams, each in its own row."""
    return [seal_text(row[field.attname], place(field, owner=row["team_id"], pk=row["id"])).ciphertext for row in rows]


def _arrays(fields: Iterable[Any]) -> str:
    """Parameters; ciphertexts as they are, without being written as text."""
    return ", ".join(f"{'%b' if field in sealed_fields(field.model) else '%s'}::{_type(field)}[]" for field in fields)


def _type(field: Any) -> str:
    """Without what says how long it may be: that was seen to."""
    return str(field.db_type(connection)).partition("(")[0]


def remove(table: SyncedTable, rows: Sequence[Row]) -> None:
    model = apps.get_model(table.model)
    model._base_manager.filter(pk__in=[row.id for row in rows]).delete()

"""What a client would not forgive, or not even mention, in an answer to a pull (WatermelonDB 0.28: `sync/impl`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

LARGEST = 2**53 - 1
KINDS = ("created", "updated", "deleted")
TYPES = {"string": (str,), "number": (int, float), "boolean": (bool,)}


def lint(text: str, *, schema: dict[str, Any], last_pulled_at: int | None) -> list[str]:
    """Everything that is wrong with it, as sentences. `schema`: of the server, or of the client."""
    try:
        said = json.loads(text)
    except ValueError as error:
        return [f"it is no JSON: {error}"]
    tables = {table["name"]: {each["name"]: each for each in table["columns"]} for table in schema["tables"]}
    return [*_cursor(said, last_pulled_at), *_tables(said, tables, first=last_pulled_at is None)]


def _cursor(said: dict[str, Any], last: int | None) -> Iterator[str]:
    cursor = said.get("timestamp")
    if type(cursor) is not int or not 0 < cursor <= LARGEST:
        yield f"its cursor is {cursor!r}"
    elif last is not None and cursor < last:
        yield f"its cursor went back from {last} to {cursor}"


def _tables(said: dict[str, Any], tables: dict[str, dict[str, Any]], *, first: bool) -> Iterator[str]:
    changes = said.get("changes")
    if not isinstance(changes, dict):
        yield "it has no changes"
        return
    replaces = said.get("experimentalStrategy") == "replacement"
    if (first or replaces) and (missing := tables.keys() - changes.keys()):
        yield f"it is everything, but lacks {sorted(missing)}"
    for name, told in changes.items():
        if not isinstance(told, dict) or told.keys() != set(KINDS) or not all(isinstance(told[k], list) for k in KINDS):
            yield f"{name} has another shape: {str(told)[:200]}"
            continue
        if told["created"]:
            yield f"{name} has rows in `created`"
        if (first or replaces) and told["deleted"]:
            yield f"{name} has deletions in an answer that is everything"
        yield from _ids(name, told)
        for row in told["updated"]:
            yield from _row(name, row, tables.get(name))


def _ids(name: str, told: dict[str, list[Any]]) -> Iterator[str]:
    ids = [row.get("id") for row in told["created"] + told["updated"]] + told["deleted"]
    if not all(isinstance(each, str) and each for each in ids):
        yield f"{name} has IDs that are none"
    elif len(ids) != len(set(ids)):
        yield f"{name} says something twice: {sorted({each for each in ids if ids.count(each) > 1})}"


def _row(name: str, row: dict[str, Any], columns: dict[str, Any] | None) -> Iterator[str]:
    if columns is None:
        yield f"{name} is no table"
    elif row.keys() != {"id", *columns}:
        yield f"{name}#{row.get('id')} has {sorted(row.keys() ^ {'id', *columns})} too many or too few"
    else:
        for column in columns.values():
            value = row[column["name"]]
            fits = column["isOptional"] if value is None else isinstance(value, TYPES[column["type"]])
            if not fits or (column["type"] == "number" and isinstance(value, bool)):
                yield f"{name}#{row['id']}.{column['name']} is {value!r}"

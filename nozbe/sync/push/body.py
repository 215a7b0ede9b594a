"""What a client says, as far as it can be told without looking at the database.

Nothing is refused but what is no push at all: a client sends the same again at each sync, and one that was refused for
a detail could never sync again. What is not as the ledger has it is dropped here, and corrected by the next pull.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError

from nozbe.errors import DomainError
from nozbe.models import ID_ALPHABET, ID_LENGTH
from nozbe.sync.columns import Column
from nozbe.sync.tables import BY_NAME, SyncedTable

MOST_ROWS = 50_000
"""In one push: more than anybody types without a network."""

MOST_VALUES = 3_000_000
"""Twice what so many rows have, as told by the commas: each takes many times its bytes once it is read."""

LARGEST = 2**53 - 1

OURS = re.compile(rf"[{ID_ALPHABET}]{{{ID_LENGTH}}}")
THEIRS = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
"""An ID that is none of ours, and that a client may have all the same: it can be told to drop the row."""

NUL = "\0"


class Malformed(ParseError):
    """That is no push."""

    def __init__(self) -> None:
        super().__init__(_("The request is not the changes of a client. Nothing was changed."), code="malformed")


class TooManyRows(DomainError):
    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__(_("That are more than %(most)d rows at once. Nothing was changed.") % {"most": MOST_ROWS})


@dataclass
class Said:
    """Of one table."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """ID → all that the client says of our columns, as it says it."""

    deleted: set[str] = field(default_factory=set)
    strange: set[str] = field(default_factory=set)
    """IDs that no row of ours can have."""


def read(raw: bytes) -> tuple[dict[str, Said], Any]:
    """By the names of tables; and the cursor, where the body has it. Raises Malformed and TooManyRows."""
    if raw.count(b",") > MOST_VALUES:
        raise TooManyRows
    body = _parsed(raw)
    if not isinstance(body, dict):
        raise Malformed
    cursor: Any = None
    if "changes" in body:
        cursor, body = body.get("lastPulledAt"), body["changes"]
        if not isinstance(body, dict):
            raise Malformed
    said = {name: _said(BY_NAME[name], changes) for name, changes in body.items() if name in BY_NAME}
    if sum(len(each.rows) + len(each.deleted) + len(each.strange) for each in said.values()) > MOST_ROWS:
        raise TooManyRows
    return said, cursor


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except ValueError:
        pass
    try:  # halves of signs and the like, which JavaScript lets pass
        return json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Malformed from None


def _said(table: SyncedTable, changes: Any) -> Said:
    said = Said()
    if not isinstance(changes, dict):
        return said
    for kind in ("created", "updated"):
        for row in _list(changes.get(kind)):
            if isinstance(row, dict) and _is_ours(row.get("id"), said):
                said.rows[row["id"]] = {name: value for name, value in row.items() if name in table.by_name}
    for id in _list(changes.get("deleted")):
        if _is_ours(id, said):
            said.deleted.add(id)
            said.rows.pop(id, None)
    return said


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_ours(id: Any, said: Said) -> bool:
    if not isinstance(id, str):
        return False
    if OURS.fullmatch(id):
        return True
    if THEIRS.fullmatch(id):
        said.strange.add(id)
    return False


def typed(table: SyncedTable, row: dict[str, Any]) -> dict[str, Any]:
    """Of what is said of a row, what is of its column's type; text without what cannot be kept as text."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        column = table.by_name[name]
        if value is None:
            if column.optional:
                values[name] = None
        else:
            of_its_type = _OF_TYPE[column.type](column, value)
            if of_its_type is not None:
                values[name] = of_its_type
    return values


def _text(column: Column, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    if NUL in value:
        value = value.replace(NUL, "")
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if column.kind == "pointer" and not OURS.fullmatch(value):
        return None
    return str(value)


def _number(column: Column, value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):  # whole ones may be too long to be asked
        return None
    return max(-LARGEST, min(LARGEST, int(value)))


def _flag(column: Column, value: Any) -> bool | None:
    return bool(value) if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)) else None


_OF_TYPE = {"string": _text, "number": _number, "boolean": _flag}

"""From what is said on the wire to what is kept: the same value, brought within what the product allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils import timezone

from nozbe.sync.columns import Column
from nozbe.sync.tables import SYNCED, SyncedTable
from nozbe.validators import validate_visible
from tasks import positions
from tasks.colours import Colour
from tasks.models import Reaction
from tasks.models.recurring import FIRST_YEAR, LAST_YEAR, Mode
from tasks.models.reminder import YEAR_MINUTES
from tasks.models.task import MOST_MINUTES
from tasks.models.text import plain

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 24 * 60 * 60 * 1000

FIRST = round((datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH).total_seconds() * 1000)
LAST = round((datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - EPOCH).total_seconds() * 1000) - 1

IS_ALL_DAY = "is_all_day"
MINUTES = {"time_needed_minutes": (1, MOST_MINUTES), "minutes_before": (0, YEAR_MINUTES)}
ICON_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class WillNotDo(Exception):
    """Nothing can be made of this value: what was there before stays."""


def milliseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def now() -> int:
    return milliseconds(timezone.now())


def from_milliseconds(number: int) -> datetime:
    return EPOCH + timedelta(milliseconds=number)


def repaired(table: SyncedTable, values: dict[str, Any]) -> dict[str, Any]:
    """Of values of the right types, those that clients may say, brought within limits; without what will not do."""
    good = {}
    for name, value in values.items():
        column = table.by_name[name]
        if column.given and table.written:
            try:
                good[name] = _repaired(table, column, value)
            except WillNotDo:
                continue
    when = when_of(table)
    if when and when.name in good:
        both = agree_on_day({IS_ALL_DAY: None} | good, when.name)
        good = {
            name: both.get(name, value) for name, value in good.items() if both or name not in (when.name, IS_ALL_DAY)
        }
    return good


def when_of(table: SyncedTable) -> Column | None:
    """The column that is a day or a moment, if the table has one."""
    return _WHEN.get(table.name)


_WHEN = {table.name: column for table in SYNCED for column in table.columns if len(column.reads) == 2}


def agree_on_day(values: dict[str, Any], name: str) -> dict[str, Any]:
    """When, and whether that is a day, so that both go together; nothing when it is in no year that we have."""
    when, is_day = values[name], bool(values[IS_ALL_DAY])
    if when is None:
        return {name: None, IS_ALL_DAY: False}
    if not FIRST <= when <= LAST:
        return {}
    return {name: when - when % DAY if is_day else when, IS_ALL_DAY: is_day}


def _repaired(table: SyncedTable, column: Column, value: Any) -> Any:
    if column.kind == "moment":
        return None if value is None else max(0, min(now(), value))
    if column.name in MINUTES:
        return _minutes(column.name, value)
    if column.name == "emoji":
        return _emoji(value)
    if column.kind == "sealed":
        return _visible(value if column.name == "body" else plain(value), _most(table, column))
    if column.kind == "text":
        return _plain_text(table, column, value)
    return value


def _minutes(name: str, value: int | None) -> int | None:
    least, most = MINUTES[name]
    return None if value is None or value < least else min(value, most)


def _visible(text: str, most: int) -> str:
    text = text[:most]
    try:
        validate_visible(text)
    except ValidationError:
        raise WillNotDo from None
    return text


def _emoji(text: str) -> str:
    try:
        Reaction(emoji=text).clean_fields(exclude=["team", "comment", "author", "id", "created_at"])
        Reaction(emoji=text).clean()
    except ValidationError:
        raise WillNotDo from None
    return text


def _plain_text(table: SyncedTable, column: Column, value: str | None) -> str | None:
    if not value:
        if column.optional:
            return None
        raise WillNotDo
    if len(value) > _most(table, column):
        raise WillNotDo
    check = _CHECKS.get(column.name)
    if check is not None and not check(value):
        raise WillNotDo
    return value


_CHECKS: dict[str, Callable[[str], bool]] = {
    "colour": lambda text: text in Colour.values,
    "icon": lambda text: ICON_SIGNS.issuperset(text),
    "position": positions.is_place,
    "recurrence_mode": lambda text: text in Mode.values,
}


def _most(table: SyncedTable, column: Column) -> int:
    return _length(table.model, column.stored)


@cache
def _length(model: str, column: str) -> int:
    return int(apps.get_model(model)._meta.get_field(column).max_length)


def stored(table: SyncedTable, values: dict[str, Any]) -> dict[str, Any]:
    """The same as columns of the database, without what takes some thought. A day and its column go together."""
    columns = {}
    for name, value in values.items():
        column = table.by_name[name]
        if not column.stored:
            continue
        if column.kind == "moment" and value is not None:
            value = from_milliseconds(value)
        elif column.kind == "text" and value is None:
            value = ""
        columns[column.stored] = value
    when = when_of(table)
    if when and when.name in values:
        day, moment = when.reads
        at = None if values[when.name] is None else from_milliseconds(values[when.name])
        is_day = at is not None and values[IS_ALL_DAY]
        columns[day] = at.date() if at is not None and is_day else None
        columns[moment] = None if is_day else at
    return columns

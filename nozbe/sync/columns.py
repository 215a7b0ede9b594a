"""What a column on the wire is made of. Parts of the ledger (`tables`), which says which columns there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WireType = Literal["string", "number", "boolean"]


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    type: WireType
    sql: str
    """Its value, from a row `r` of the table; empty for what is sealed, which the database cannot read."""

    reads: tuple[str, ...]
    """Columns of the database that are in it."""

    optional: bool = False
    indexed: bool = False
    given: bool = False
    """Whether clients may write it. What others write stands on the server alone: their word for it is dropped."""

    @property
    def sealed(self) -> bool:
        return not self.sql


def text(name: str, *, optional: bool = False, indexed: bool = False, given: bool = True, of: str = "") -> Column:
    """As it stands in the database; an empty text is none when it is optional."""
    column = of or name
    sql = f"nullif(r.{column}, '')" if optional else f"r.{column}"
    return Column(
        name=name, type="string", sql=sql, reads=(column,), optional=optional, indexed=indexed, given=given
    )  # fmt: skip


def pointer(name: str, *, optional: bool = False, given: bool = True, of: str = "") -> Column:
    """The ID of another row."""
    return text(name, optional=optional, indexed=True, given=given, of=of)


def sealed(name: str) -> Column:
    return Column(name=name, type="string", sql="", reads=(name,), given=True)


def moment(name: str, *, optional: bool = True, given: bool = True) -> Column:
    """Milliseconds since the epoch."""
    sql = milliseconds(f'r."{name}"')
    return Column(name=name, type="number", sql=sql, reads=(name,), optional=optional, given=given)


def number(name: str, *, optional: bool = False, given: bool = True) -> Column:
    return Column(name=name, type="number", sql=f"r.{name}", reads=(name,), optional=optional, given=given)


def flag(name: str, *, sql: str = "", reads: tuple[str, ...] = (), given: bool = True) -> Column:
    return Column(name=name, type="boolean", sql=sql or f"r.{name}", reads=reads or (name,), given=given)


def milliseconds(sql: str) -> str:
    return f"round(date_part('epoch', {sql}) * 1000)::bigint"


def day_or_moment(name: str, *, day: str, moment: str) -> tuple[Column, Column]:
    """Two columns: when, and whether that is a day, which begins at midnight in UTC wherever one is."""
    begins, then = milliseconds(f'r."{day}"::timestamp'), milliseconds(f'r."{moment}"')
    when = f"coalesce({then}, {begins})"
    return (
        Column(name=name, type="number", sql=when, reads=(day, moment), optional=True, given=True),
        Column(name="is_all_day", type="boolean", sql=f'r."{day}" IS NOT NULL', reads=(day,), given=True),
    )

"""What a column on the wire is made of. Parts of the ledger (`tables`), which says which columns there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WireType = Literal["string", "number", "boolean"]
Kind = Literal["text", "pointer", "sealed", "moment", "number", "flag"]


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
    kind: Kind = "text"
    given: bool = False
    """Whether clients may write it. What others write stands on the server alone: their word for it is dropped."""

    fixed: bool = False
    """Whether that is said once, when the row is made."""

    stored: str = ""
    """The column of the database that it is written to as it is; empty for what takes some thought."""

    @property
    def sealed(self) -> bool:
        return not self.sql


def text(name: str, *, optional: bool = False, given: bool = True) -> Column:
    """As it stands in the database; an empty text is none when it is optional."""
    sql = f"nullif(r.{name}, '')" if optional else f"r.{name}"
    return Column(name=name, type="string", sql=sql, reads=(name,), optional=optional, given=given, stored=name)


def pointer(name: str, *, optional: bool = False, given: bool = True, fixed: bool = False, of: str = "") -> Column:
    """The ID of another row."""
    column = of or name
    return Column(
        name=name, type="string", sql=f"r.{column}", reads=(column,), optional=optional, indexed=True, kind="pointer",
        given=given, fixed=fixed, stored=column,
    )  # fmt: skip


def sealed(name: str, *, fixed: bool = False) -> Column:
    return Column(name=name, type="string", sql="", reads=(name,), kind="sealed", given=True, fixed=fixed, stored=name)


def moment(name: str, *, optional: bool = True, given: bool = True) -> Column:
    """Milliseconds since the epoch."""
    sql = milliseconds(f'r."{name}"')
    return Column(
        name=name, type="number", sql=sql, reads=(name,), optional=optional, kind="moment", given=given, stored=name
    )  # fmt: skip


def number(name: str, *, optional: bool = False, given: bool = True) -> Column:
    return Column(
        name=name, type="number", sql=f"r.{name}", reads=(name,), optional=optional, kind="number", given=given,
        stored=name,
    )  # fmt: skip


def flag(name: str, *, given: bool = True) -> Column:
    return Column(name=name, type="boolean", sql=f"r.{name}", reads=(name,), kind="flag", given=given, stored=name)


def whether(name: str, column: str, *, given: bool = False) -> Column:
    """Whether there is anything in that column."""
    sql = f"r.{column} IS NOT NULL"
    return Column(name=name, type="boolean", sql=sql, reads=(column,), kind="flag", given=given, fixed=True)


def said(name: str) -> Column:
    """A number that clients say, and that is not kept: it tells what they mean."""
    return Column(name=name, type="number", sql="NULL::integer", reads=(), optional=True, kind="number", given=True)


def milliseconds(sql: str) -> str:
    return f"round(date_part('epoch', {sql}) * 1000)::bigint"


def day_or_moment(name: str, *, day: str, moment: str) -> tuple[Column, Column]:
    """Two columns: when, and whether that is a day, which begins at midnight in UTC wherever one is."""
    begins, then = milliseconds(f'r."{day}"::timestamp'), milliseconds(f'r."{moment}"')
    when = f"coalesce({then}, {begins})"
    return (
        Column(name=name, type="number", sql=when, reads=(day, moment), optional=True, kind="number", given=True),
        Column(name="is_all_day", type="boolean", sql=f'r."{day}" IS NOT NULL', reads=(day,), kind="flag", given=True),
    )

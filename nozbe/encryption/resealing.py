"""Resealing: bring every sealed value to its owner's newest epoch, while people go on working.

Row by row, whoever else writes wins: a value is replaced only where it still is what was read. What is left to do
stands in the values themselves, so a run that was killed is simply started again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction

from nozbe.encryption import envelope
from nozbe.encryption.envelope import CannotOpen
from nozbe.encryption.fields import SealedTextField
from nozbe.encryption.keys import cache
from nozbe.encryption.redaction import refuse_when_redacted
from nozbe.encryption.sealing import place, sealed_fields

BATCH_SIZE = 500


@dataclass(frozen=True)
class Done:
    """One short transaction's worth."""

    column: str
    resealed: int
    overtaken: int
    """Values that somebody changed in the meantime; looked at again in the next pass."""

    damaged: tuple[str, ...] = ()
    """IDs of rows whose value does not open. Left as they are."""


def sealed_columns() -> list[SealedTextField]:
    return [field for model in apps.get_models() for field in sealed_fields(model)]


def reseal(owner: str, *, batch_size: int = BATCH_SIZE) -> Iterator[Done]:
    """Every value of `owner` that is older than its newest epoch, column by column, until a pass finds none.

    A process that has not heard of the new epoch yet may write in the old one meanwhile; that is why it looks again.
    """
    refuse_when_redacted()
    cache.drop(owner)  # the newest epoch as it is now
    for field in sealed_columns():
        found = True
        while found:
            found = False
            for done in _one_pass(owner, field, batch_size=batch_size):
                found = found or done.resealed + done.overtaken > 0
                yield done


def _one_pass(owner: str, field: SealedTextField, *, batch_size: int) -> Iterator[Done]:
    after = ""
    while rows := _older_values(owner, field, after=after, limit=batch_size):
        after = rows[-1][0]
        sealed, damaged = _sealed_anew(field, owner, rows)
        resealed = _replace(field, sealed)
        yield Done(f"{field.model._meta.label}.{field.name}", resealed, len(sealed) - resealed, tuple(damaged))


def _older_values(owner: str, field: SealedTextField, *, after: str, limit: int) -> list[tuple[str, bytes]]:
    """(ID, value) in the order of IDs. Bytes 2 to 5 are the epoch, big-endian, so they compare as numbers."""
    newest = envelope.HEADER.pack(envelope.VERSION, cache.of(owner).newest)[1:]
    table, pk, column, owned_by = _names(field)
    query = f"""
        SELECT {pk}, {column} FROM {table}
        WHERE {owned_by} = %s AND {pk} > %s AND substring({column} FROM 2 FOR 4) < %s
        ORDER BY {pk} LIMIT %s
    """  # noqa: S608 — names are our own models'
    with connection.cursor() as cursor:
        cursor.execute(query, [owner, after, newest, limit])
        return [(pk, bytes(value)) for pk, value in cursor.fetchall()]


def _sealed_anew(
    field: SealedTextField, owner: str, rows: list[tuple[str, bytes]]
) -> tuple[list[tuple[str, bytes, bytes]], list[str]]:
    """(ID, as it was read, sealed anew) for each value, and the IDs of those that do not open."""
    keys = cache.of(owner)
    newest = keys.by_epoch[keys.newest]
    sealed, damaged = [], []
    for pk, value in rows:
        where = place(field, owner=owner, pk=pk)
        try:
            plain = envelope.open_sealed(value, where, keys=keys.by_epoch)
        except CannotOpen:
            damaged.append(pk)
        else:
            sealed.append((pk, value, envelope.seal(plain, where, epoch=keys.newest, key=newest)))
    return sealed, damaged


def _replace(field: SealedTextField, rows: list[tuple[str, bytes, bytes]]) -> int:
    table, pk, column, _ = _names(field)
    statement = f"""
        UPDATE {table} SET {column} = new.value
        FROM unnest(%s::text[], %s::bytea[], %s::bytea[]) AS new (pk, read, value)
        WHERE {table}.{pk} = new.pk AND {table}.{column} = new.read
    """  # noqa: S608 — names are our own models'
    with transaction.atomic(), connection.cursor() as cursor:
        # A few hundred rows by their primary key; the planner would rather read the whole table for each batch.
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        cursor.execute(statement, [list(values) for values in zip(*rows, strict=True)] or [[], [], []])
        return int(cursor.rowcount)


def _names(field: SealedTextField) -> tuple[str, str, str, str]:
    """Quoted: table, primary key, the field's column, the column of its owner."""
    meta = field.model._meta
    owned_by = meta.get_field(field.owner_attname)
    assert isinstance(owned_by, models.Field)  # not a relation from elsewhere
    names = (meta.db_table, meta.pk.column, field.column, owned_by.column)
    table, pk, column, owner = (connection.ops.quote_name(str(name)) for name in names)
    return table, pk, column, owner

"""Two of PostgreSQL's own types, by which it can be told exactly what a reader has not seen yet."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Func


class Xid8Field(models.Field):  # type: ignore[type-arg]  # not generic when it runs
    """The number of the transaction that wrote a row; a trigger or a default sees to it, never the application."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class ThisTransaction(Func):
    """Its number, of 64 bits: they are never used again."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = Xid8Field()


class SnapshotField(models.Field):  # type: ignore[type-arg]  # not generic when it runs
    """Which transactions one reader saw: `pg_snapshot`."""

    def db_type(self, connection: Any) -> str:
        return "pg_snapshot"

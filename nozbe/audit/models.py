"""The record, to be read. Its tables are made by SQL, and only the functions of its schema add to them."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """What happened: IDs and verbs, no names, no content. Committed with the change it is about."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    xid = models.TextField()
    """The transaction it was written in; means something only inside one cluster."""

    db_user = models.TextField()
    """The database role that wrote it, as PostgreSQL knows it."""

    verb = models.TextField()
    actor = models.TextField(null=True)  # noqa: DJ001 — the column's domain takes 16 characters or NULL, no empty text
    """Who did it; None is the service itself."""

    team = models.TextField(null=True)  # noqa: DJ001 — the same
    account = models.TextField(null=True)  # noqa: DJ001 — the same
    object = models.TextField(null=True)  # noqa: DJ001 — the same

    class Meta:
        managed = False
        db_table = '"audit"."event"'

    def __str__(self) -> str:
        return f"{self.pk} {self.verb}"


class Seal(models.Model):
    """An event's place in the chain."""

    seq = models.BigIntegerField(primary_key=True)
    event = models.BigIntegerField()
    """The event's id; not a foreign key, so that a missing one can be told."""

    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = '"audit"."seal"'

    def __str__(self) -> str:
        return str(self.pk)

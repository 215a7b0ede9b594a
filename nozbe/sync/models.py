"""What sync remembers: what each pull has seen, what has left somebody's view, and what must be put right.

Rows of the last three are written by triggers (migration 0003) and by pushes, and only ever added to: writers never
wait for each other here.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from nozbe.models import ID_LENGTH
from nozbe.sync.fields import SnapshotField, ThisTransaction, Xid8Field

CURSORS_KEPT = timedelta(days=30)
"""A client that comes back later gets everything anew, without losing what it has not pushed."""

NOTES_KEPT = CURSORS_KEPT + timedelta(days=1)
"""What is told to whoever shows a cursor: longer than any of those."""

TOMBSTONES_KEPT = timedelta(days=365)
"""For a year, whoever pushes what is gone is told so."""

BATCH_SIZE = 5000


class Aging(models.QuerySet["models.Model"]):
    def forget_old(self, kept: timedelta) -> int:
        """Delete what is older, in short transactions. Returns how many there were."""
        total = 0
        while True:
            old = self.filter(created_at__lt=timezone.now() - kept).values("pk")[:BATCH_SIZE]
            deleted, _rows = self.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
            total += deleted
            if deleted < BATCH_SIZE:
                return total


class Cursor(models.Model):
    """The number that a pull answered, and what it stands for. Not a sequence: see `cursors`."""

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    snapshot = SnapshotField()
    created_at = models.DateTimeField(db_default=Now())

    objects = Aging.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="cursors_by_age")]

    def __str__(self) -> str:
        return str(self.pk)


class Departure(models.Model):
    """A row that left the view of some, or is gone for all: then it is a tombstone, and its ID stays dead."""

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())
    version = Xid8Field(db_default=ThisTransaction())
    table = models.CharField(max_length=30)
    """By its name on the wire."""

    row_id = models.CharField(max_length=ID_LENGTH)
    team_id = models.CharField(max_length=ID_LENGTH)
    """No key to the team: tombstones outlive what they are about."""

    project_id = models.CharField(max_length=ID_LENGTH, null=True)  # noqa: DJ001 — written by triggers, from keys
    """Through which it was seen: told to those who see that project now. None: to everybody in the team."""

    membership_id = models.CharField(max_length=ID_LENGTH, null=True)  # noqa: DJ001 — as above
    """Whose it was alone."""

    gone = models.BooleanField(db_default=False)

    objects = Aging.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["team_id", "version"], name="departures_since"),
            models.Index(fields=["row_id"], condition=models.Q(gone=True), name="tombstones"),
            models.Index(fields=["created_at"], name="departures_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"


class Resync(models.Model):
    """Somebody lost access to something: their clients, when older than this, get all they may see, and keep no more.

    Telling them exactly what they lost would also tell them of what was added since.
    """

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())
    version = Xid8Field(db_default=ThisTransaction())
    account_id = models.CharField(max_length=ID_LENGTH)

    objects = Aging.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "version"], name="resyncs_since"),
            models.Index(fields=["created_at"], name="resyncs_by_age"),
        ]

    def __str__(self) -> str:
        return self.account_id


class Correction(models.Model):
    """A row that somebody pushed as it may not be: their next pull brings it as it is, or takes it away."""

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())
    version = Xid8Field(db_default=ThisTransaction())
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    table = models.CharField(max_length=30)
    row_id = models.CharField(max_length=64)
    """As the client says it: it need not be an ID of ours."""

    objects = Aging.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "version"], name="corrections_since"),
            models.Index(fields=["created_at"], name="corrections_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"

"""The base of every record, and the one table of the house itself: when each periodic job last ran."""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

ID_LENGTH = 16
ID_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_id() -> str:
    """16 characters `[0-9A-Za-z]`: 95 bits from the operating system's random source."""
    number = secrets.randbits(128)  # the first of 62^16 are likelier than the last by 2^-33, which nobody can tell
    digits = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(ID_ALPHABET))
        digits.append(ID_ALPHABET[digit])
    return "".join(digits)


class Record(models.Model):
    """A row with a 16-character ID, made by clients or by the server and never trusted."""

    id = models.CharField(
        primary_key=True,
        max_length=ID_LENGTH,
        default=new_id,
        editable=False,
        validators=[RegexValidator(rf"\A[0-9A-Za-z]{{{ID_LENGTH}}}\Z")],
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def succeeded(self, job: str, *, started_at: datetime, count: int | None) -> None:
        """Note a finished run. One that began before the newest that finished does not overwrite it."""
        now = timezone.now()
        defaults = {"started_at": started_at, "succeeded_at": now, "count": count}
        heartbeat, created = self.get_or_create(job=job, defaults=defaults)
        if not created:
            older = models.Q(started_at__isnull=True) | models.Q(started_at__lte=started_at)
            self.filter(older, pk=heartbeat.pk).update(**defaults)

    def failed(self, job: str, *, error: str) -> None:
        """Note a failed run by the error's type; the last success stays as it was."""
        self.update_or_create(job=job, defaults={"failed_at": timezone.now(), "error": error[:100]})


class Heartbeat(models.Model):
    """When a periodic job last succeeded and last failed; `doctor` and the Safety page read it."""

    job = models.CharField(primary_key=True, max_length=100)
    started_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=100, blank=True)
    count = models.BigIntegerField(null=True)
    """What the last successful run says it did: rows swept, bytes checked."""

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(succeeded_at__isnull=False) | models.Q(failed_at__isnull=False),
                name="a_heartbeat_says_how_it_went",
            ),
        ]

    def __str__(self) -> str:
        return self.job

    def failing(self) -> bool:
        """Whether the last run that ended, ended badly."""
        return self.failed_at is not None and (self.succeeded_at is None or self.failed_at > self.succeeded_at)

    def late(self, *, every: timedelta) -> bool:
        """Whether no run has succeeded for three periods and a minute: one missed run is not yet an alarm."""
        return self.succeeded_at is None or timezone.now() - self.succeeded_at > 3 * every + timedelta(minutes=1)

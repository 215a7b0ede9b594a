"""Answers that were given to requests with an Idempotency-Key, so that a request sent twice acts once."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.fields import SealedTextField
from nozbe.encryption.querysets import SealedQuerySet
from nozbe.models import ID_LENGTH, Record

KEPT = timedelta(hours=24)
BATCH_SIZE = 1000


class StoredAnswerQuerySet(SealedQuerySet):
    def forget_old(self) -> int:
        """Delete answers older than a day, in short transactions. Returns how many there were."""
        total = 0
        while True:
            old = self.filter(created_at__lt=timezone.now() - KEPT).values("pk")[:BATCH_SIZE]
            deleted, _rows = self.filter(pk__in=old).delete()
            total += deleted
            if deleted < BATCH_SIZE:
                return total


class StoredAnswerManager(models.Manager.from_queryset(StoredAnswerQuerySet)):  # type: ignore[misc]  # made by a call
    pass


class StoredAnswer(SealedFields, Record):
    account_id = models.CharField(max_length=ID_LENGTH, editable=False)
    """Whose request it was. No foreign key: `nozbe.api` knows no accounts; the erasure finds it by its plan."""

    key_hash = models.BinaryField(max_length=32, editable=False)
    request_hash = models.BinaryField(max_length=32, editable=False)
    answer = SealedTextField(owner="account_id")
    """JSON: `{"status", "headers", "body"}`."""

    objects: ClassVar[StoredAnswerManager] = StoredAnswerManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "key_hash"], name="one_answer_per_key")]
        indexes = [models.Index(fields=["created_at"], name="answers_by_age")]

    def __str__(self) -> str:
        return self.pk

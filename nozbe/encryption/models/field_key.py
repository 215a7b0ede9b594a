"""A field key: 256 bits that seal the content columns of one owner for one epoch; here only wrapped."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from nozbe.encryption.envelope import MAX_EPOCH
from nozbe.encryption.models.keyring import Keyring


class FieldKeyQuerySet(models.QuerySet["FieldKey"]):
    def add(self, keyring: Keyring, *, epoch: int, wrapped: str) -> bool:
        """False when somebody else began that epoch meanwhile: theirs counts."""
        _, created = self.get_or_create(keyring=keyring, epoch=epoch, defaults={"wrapped": wrapped})
        return created

    def rewrap(self, wrapped: dict[int, str]) -> int:
        """Replace wrappings of the same keys, by the row's ID. Returns how many there were."""
        rows = [FieldKey(pk=pk, wrapped=value) for pk, value in wrapped.items()]
        return self.bulk_update(rows, ["wrapped"])


class FieldKey(models.Model):
    keyring = models.ForeignKey(Keyring, on_delete=models.CASCADE, related_name="field_keys", editable=False)
    epoch = models.BigIntegerField(editable=False)
    """Counts up from 1; every sealed value names the one it was sealed in."""

    wrapped = models.TextField(editable=False)
    """Sealed by the keyring's key, as the key server gave it."""

    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = FieldKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["keyring", "epoch"], name="one_field_key_per_epoch"),
            models.CheckConstraint(condition=Q(epoch__gte=1, epoch__lte=MAX_EPOCH), name="an_epoch_fits_its_header"),
            models.CheckConstraint(condition=Q(wrapped__startswith="vault:v"), name="a_field_key_is_wrapped"),
        ]

    def __str__(self) -> str:
        return f"{self.keyring_id}, epoch {self.epoch}"

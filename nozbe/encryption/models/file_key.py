"""The key of one file, and of nothing else; here only wrapped. It ends with the file's row, by a trigger."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from nozbe.encryption.models.keyring import Keyring
from nozbe.models import ID_LENGTH


class FileKeyQuerySet(models.QuerySet["FileKey"]):
    def rewrap(self, wrapped: dict[str, str]) -> int:
        """Replace wrappings of the same keys, by the file's ID. Returns how many there were."""
        rows = [FileKey(pk=pk, wrapped=value) for pk, value in wrapped.items()]
        return self.bulk_update(rows, ["wrapped"])


class FileKey(models.Model):
    file = models.CharField(primary_key=True, max_length=ID_LENGTH, editable=False)
    """ID of the file, from the first byte of its upload on."""

    keyring = models.ForeignKey(Keyring, on_delete=models.CASCADE, related_name="file_keys", editable=False)
    wrapped = models.TextField(editable=False)
    """The file's ID and the key, sealed together by the keyring's key: so a key that was put beside another file's ID
    does not pass for its key.
    """

    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = FileKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(wrapped__startswith="vault:v"), name="a_file_key_is_wrapped"),
        ]

    def __str__(self) -> str:
        return self.file

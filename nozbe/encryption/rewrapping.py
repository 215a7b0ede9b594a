"""Rewrapping: when the keys of the key server were rotated, wrap the keys of fields and files anew.

No row of content is touched, and no byte of a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from nozbe.encryption.keyring import key_service
from nozbe.encryption.models import FieldKey, FileKey, Keyring
from nozbe.keyserver import NoSuchKey

BATCH_SIZE = 100
FILES_AT_ONCE = 500


def rewrap_all(*, after: str = "") -> Iterator[tuple[str, int]]:
    """Rewrap keyring by keyring, in the order of their IDs, yielding each ID with the number of keys that it wraps.

    To go on after a kill, give the last ID that was yielded; starting over does no harm either.
    """
    while batch := list(Keyring.objects.filter(destroyed_at__isnull=True, pk__gt=after).order_by("pk")[:BATCH_SIZE]):
        for keyring in batch:
            rows = list(keyring.field_keys.all())
            try:
                wrapped = key_service().rewrap_many(keyring.key_name, [row.wrapped for row in rows])
                files = _rewrap_files(keyring)
            except NoSuchKey:
                if not keyring.was_destroyed_meanwhile():
                    raise
                continue
            FieldKey.objects.rewrap({row.pk: value for row, value in zip(rows, wrapped, strict=True)})
            yield keyring.pk, len(rows) + files
        after = batch[-1].pk


def _rewrap_files(keyring: Keyring) -> int:
    """In the order of the files' IDs. A file that goes meanwhile takes its key along. Raises NoSuchKey."""
    count, after = 0, ""
    while rows := list(keyring.file_keys.filter(pk__gt=after).order_by("pk")[:FILES_AT_ONCE]):
        wrapped = key_service().rewrap_many(keyring.key_name, [row.wrapped for row in rows])
        FileKey.objects.rewrap({row.pk: value for row, value in zip(rows, wrapped, strict=True)})
        count, after = count + len(rows), rows[-1].pk
    return count

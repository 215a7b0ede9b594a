"""Ready keys: made ahead, and in a snapshot elsewhere before anybody gets one.

So making a team never waits for the key server, and no content is ever under a key that only one country holds.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from nozbe.encryption import snapshots
from nozbe.encryption.keyring import key_service
from nozbe.encryption.models import FieldKey, Keyring

FIRST_EPOCH = 1


def fill() -> int:
    """Make as many keys as are missing, then one snapshot that makes them safe. Returns how many became ready.

    Killed anywhere, the next run goes on: a row comes first, then its key, then the snapshot, then the row says so.
    """
    for kind in Keyring.KINDS:
        there = Keyring.objects.filter(kind=kind, owner__isnull=True).count()
        Keyring.objects.bulk_create(Keyring(kind=kind) for _ in range(settings.READY_KEYS - there))
    for keyring in Keyring.objects.unfinished().filter(field_keys__isnull=True):
        _make_key(keyring)
    return make_safe()


def make_safe() -> int:
    """Take a snapshot when there are keys that no snapshot has yet. Returns how many it made safe."""
    made = list(Keyring.objects.unfinished().filter(field_keys__isnull=False).values_list("pk", flat=True))
    if not made:
        return 0
    snapshots.take()
    return Keyring.objects.unfinished().filter(pk__in=made).update(safe_at=timezone.now())


def _make_key(keyring: Keyring) -> None:
    service = key_service()
    service.create_key(keyring.key_name)
    FieldKey.objects.add(keyring, epoch=FIRST_EPOCH, wrapped=service.new_data_key(keyring.key_name).wrapped)

"""Ready keys: made ahead, and in a snapshot elsewhere before anybody gets one.

So making a team never waits for the key server, and no content is ever under a key that only one country holds.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from nozbe.encryption import snapshots
from nozbe.encryption.keyring import key_service
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.keyserver import NoSuchKey

FIRST_EPOCH = 1


def fill() -> int:
    """Make as many keys as are missing, then one snapshot that makes them safe. Returns how many became ready.

    Killed anywhere, the next run goes on: a row comes first, then its key, then the snapshot, then the row says so.
    """
    withdraw_dead()
    free = Keyring.objects.filter(owner__isnull=True, destroyed_at__isnull=True)
    for kind in Keyring.KINDS:
        there = free.filter(kind=kind).count()
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


def withdraw_dead() -> int:
    """Keys that nobody has yet and that the key server lost, as after it was put back: they are made anew."""
    count = 0
    free = Keyring.objects.filter(owner__isnull=True, destroyed_at__isnull=True, field_keys__isnull=False)
    for keyring in free.prefetch_related("field_keys"):
        try:
            key_service().unwrap_many(keyring.key_name, [row.wrapped for row in keyring.field_keys.all()])
        except NoSuchKey:
            count += Keyring.objects.filter(pk=keyring.pk, owner__isnull=True).update(safe_at=None)
            FieldKey.objects.filter(keyring=keyring, keyring__owner__isnull=True).delete()
    return count


def _make_key(keyring: Keyring) -> None:
    service = key_service()
    service.create_key(keyring.key_name)
    FieldKey.objects.add(keyring, epoch=FIRST_EPOCH, wrapped=service.new_data_key(keyring.key_name).wrapped)

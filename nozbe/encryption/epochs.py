"""Epochs: a new field key for every owner now and then, long before 2^32 values were sealed under one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from nozbe.encryption.announcements import announce_change
from nozbe.encryption.keyring import key_service
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.keyserver import NoSuchKey

EPOCH = timedelta(days=30)


def begin_due(*, older_than: datetime, owner: str | None = None) -> Iterator[str]:
    """Begin an epoch for each owner whose newest one began before that moment, yielding owners as they are done.

    Safe to run again and to kill: who has a newer epoch is left alone. Owners who are cached elsewhere go on sealing
    in the old epoch until the announcement, at the latest until their keys are looked up again.
    """
    keyrings = Keyring.objects.in_use().annotate(began_at=Max("field_keys__created_at"))
    due = keyrings.filter(began_at__lt=older_than).order_by("began_at", "pk")
    for keyring in due if owner is None else due.filter(owner=owner):
        newest = keyring.field_keys.order_by("epoch").last()
        if newest is None or newest.created_at >= older_than:
            continue  # destroyed, or begun by another run, since the list was read
        try:
            wrapped = key_service().new_data_key(keyring.key_name).wrapped
        except NoSuchKey:
            if not keyring.was_destroyed_meanwhile():
                raise
            continue
        FieldKey.objects.add(keyring, epoch=newest.epoch + 1, wrapped=wrapped)
        announce_change(keyring.owner)
        yield str(keyring.owner)

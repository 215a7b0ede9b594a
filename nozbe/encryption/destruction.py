"""The end of keys, and the ledger that says which have ended: in the second store, where nobody can take a line out.

From the commit of `Keyring.destroy()` on nothing opens. Then, here: first the ledger, then the key server, then the
row. So a key that is gone is always in the ledger, and a key server that was put back is told again (`restoring`).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from nozbe import second_store
from nozbe.encryption.keyring import key_service
from nozbe.encryption.keyring.service import CannotUnwrap, KeyService
from nozbe.encryption.models import Keyring
from nozbe.keyserver import NoSuchKey

LEDGER = "destroyed-keys/"
MADE_UP = f"vault:v1:{b64encode(bytes(60)).decode()}"
"""Looks wrapped, and no key ever wrapped it: a key that is there says so, one that is not says that."""


class StillThere(Exception):
    """The key server answered, and still has a key that it was told to destroy."""


def destroy_due() -> int:
    """Carry out what is due. Returns how many keys are gone now. Raises at the first that cannot be; run it again."""
    count = 0
    for keyring in Keyring.objects.due_for_destruction():
        write_ledger(keyring)
        end_key(keyring.key_name, key_service())
        keyring.note_gone()
        count += 1
    return count


def write_ledger(keyring: Keyring) -> None:
    """Once for each key; a second line of the same key changes nothing."""
    assert keyring.destroyed_at is not None  # `due_for_destruction` gives no others
    line = {"key": keyring.key_name, "destroyed_at": keyring.destroyed_at.isoformat()}
    body = json.dumps(line, sort_keys=True).encode()
    locked_until = timezone.now() + timedelta(days=settings.RECORD_LOCK_DAYS)
    second_store.put(settings.RECORD_BUCKET, f"{LEDGER}{keyring.key_name}", body, locked_until=locked_until)


def end_key(name: str, service: KeyService) -> None:
    """Destroy one key and see that it is gone. Raises StillThere."""
    service.destroy_key(name)
    try:
        service.unwrap_many(name, [MADE_UP])  # not by asking for a data key: a root token would make the key anew
    except NoSuchKey:
        return
    except CannotUnwrap:
        raise StillThere(name) from None


def ledger() -> Iterator[str]:
    """Names of all keys that were ever destroyed, also of lines that somebody tried to hide by deleting them."""
    lines = {version.name for version in second_store.versions(settings.RECORD_BUCKET, prefix=LEDGER)}
    yield from sorted(line.removeprefix(LEDGER) for line in lines)

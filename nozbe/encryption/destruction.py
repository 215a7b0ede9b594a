"""The end of keys: from the commit of `Keyring.destroy()` on nothing opens; this carries it out.

First the ledger, then the key server, then the row. So a key that is gone is always in the ledger, and a key server
that was put back is told again (`restoring`).
"""

from __future__ import annotations

from base64 import b64encode

import structlog

from nozbe.encryption import ledger
from nozbe.encryption.keyring import key_service
from nozbe.encryption.keyring.service import CannotUnwrap, KeyService
from nozbe.encryption.models import Keyring
from nozbe.keyserver import BadRequest, KeyServerRefused, NoSuchKey

log = structlog.get_logger("nozbe.encryption")

MADE_UP = f"vault:v1:{b64encode(bytes(60)).decode()}"
"""Looks wrapped, and no key ever wrapped it: a key that is there says so, one that is not says that."""


class StillThere(Exception):
    """The key server answered, and still has a key that it was told to destroy."""


def destroy_due() -> int:
    """Carry out what is due. Returns how many keys are gone now. One that will not go does not hold up the others.

    Raises the first such refusal when it has been through all, and at once whatever would stop every one of them: the
    key server, the second store or the database away. Run it again.
    """
    count = 0
    failure: Exception | None = None
    for keyring in Keyring.objects.due_for_destruction():
        try:
            _destroy(keyring)
            count += 1
        except (StillThere, BadRequest, KeyServerRefused) as error:
            log.warning("a key could not be destroyed yet", keyring=keyring.pk, error=type(error).__name__)
            failure = failure or error
    if failure is not None:
        raise failure
    return count


def end_key(name: str, service: KeyService) -> None:
    """Destroy one key and see that it is gone. Raises StillThere."""
    service.destroy_key(name)
    try:
        service.unwrap_many(name, [MADE_UP])  # not by asking for a data key: a root token would make the key anew
    except NoSuchKey:
        return
    except CannotUnwrap:
        raise StillThere(name) from None
    raise StillThere(name)


def _destroy(keyring: Keyring) -> None:
    assert keyring.destroyed_at is not None  # `due_for_destruction` gives no others
    ledger.write(keyring.key_name, at=keyring.destroyed_at)
    end_key(keyring.key_name, key_service())
    keyring.note_gone()

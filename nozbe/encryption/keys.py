"""Unwrapped field keys, kept in this process for a while and nowhere else.

An owner's keys are looked up at most every REFRESH_SECONDS, and are used for longer only while the key server does not
answer. Every LEDGER_SECONDS, whoever uses a key looks first whether its owner, or any other whose keys are here, was
destroyed; a message through Valkey usually says so before.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from http import HTTPStatus

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext as _

from nozbe.encryption import announcements
from nozbe.encryption.keyring import key_service
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.errors import DomainError
from nozbe.keyserver import KeyServerUnavailable, NoSuchKey

MOST_OWNERS = 5000
REFRESH_SECONDS = 300
SILENCE_SECONDS = 2
"""For how long nobody asks again after the key server did not answer: waiting people would take every thread."""


class KeyDestroyed(DomainError):
    """There is no key any more, and there never will be."""

    code = "erased"
    status = HTTPStatus.GONE

    def __init__(self) -> None:
        super().__init__(_("This was erased for good; nobody can read it any more."))


@dataclass(slots=True)
class FieldKeys:
    by_epoch: dict[int, AESGCM]
    newest: int
    """The epoch that new values are sealed in."""

    fresh_until: float
    """By `time.monotonic()`."""


class KeyCache:
    def __init__(self) -> None:
        self._owners: OrderedDict[str, FieldKeys] = OrderedDict()
        self._lock = threading.Lock()
        self._look_at_ledger_at = 0.0
        self._silent_until = 0.0
        self._listening = False

    def of(self, owner: str) -> FieldKeys:
        """Raises KeyServerUnavailable, or KeyDestroyed, also for an owner that never had keys."""
        now = time.monotonic()
        if now < self._look_at_ledger_at:
            with self._lock:
                keys = self._owners.get(owner)
                if keys is not None and now < keys.fresh_until:
                    self._owners.move_to_end(owner)
                    return keys
        return self.of_many([owner])[owner]

    def of_many(self, owners: Iterable[str]) -> dict[str, FieldKeys]:
        """One query for all that are not here, and one question to the key server for each of them. All or none."""
        wanted = set(owners)
        self._look_at_ledger()
        now = time.monotonic()
        found: dict[str, FieldKeys] = {}
        with self._lock:
            for owner in wanted:
                keys = self._owners.get(owner)
                if keys is not None and keys.fresh_until > now:
                    self._owners.move_to_end(owner)
                    found[owner] = keys
        if missing := wanted - found.keys():
            found |= self._load(missing)
        return found

    def refresh(self, owner: str) -> FieldKeys:
        """As it stands now: for a value of an epoch that began after we last looked."""
        return self._load([owner])[owner]

    def drop(self, owner: str) -> None:
        with self._lock:
            self._owners.pop(owner, None)

    def clear(self) -> None:
        with self._lock:
            self._owners.clear()
            self._look_at_ledger_at = self._silent_until = 0.0

    def _load(self, owners: Collection[str]) -> dict[str, FieldKeys]:
        self._listen()
        wrapped: dict[str, list[FieldKey]] = {}
        rows = FieldKey.objects.filter(keyring__owner__in=owners, keyring__destroyed_at__isnull=True)
        for row in rows.select_related("keyring").order_by("epoch"):
            wrapped.setdefault(str(row.keyring.owner), []).append(row)
        loaded = {}
        for owner in owners:
            if owner not in wrapped:
                self.drop(owner)
                raise KeyDestroyed
            loaded[owner] = self._unwrap(owner, wrapped[owner])
        with self._lock:
            for owner, keys in loaded.items():
                self._owners[owner] = keys
                self._owners.move_to_end(owner)
            while len(self._owners) > MOST_OWNERS:
                self._owners.popitem(last=False)
        return loaded

    def _unwrap(self, owner: str, rows: list[FieldKey]) -> FieldKeys:
        """Ask the key server; while it does not answer, what we had is as good as ever."""
        if time.monotonic() < self._silent_until:
            return self._stale(owner)
        try:
            plain = key_service().unwrap_many(rows[0].keyring.key_name, [row.wrapped for row in rows])
        except KeyServerUnavailable:
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            return self._stale(owner)
        except NoSuchKey:
            self.drop(owner)
            raise KeyDestroyed from None
        by_epoch = {row.epoch: AESGCM(key) for row, key in zip(rows, plain, strict=True)}
        return FieldKeys(by_epoch, rows[-1].epoch, time.monotonic() + REFRESH_SECONDS)

    def _stale(self, owner: str) -> FieldKeys:
        with self._lock:
            keys = self._owners.get(owner)
        if keys is None:
            raise KeyServerUnavailable
        keys.fresh_until = self._silent_until
        return keys

    def _look_at_ledger(self) -> None:
        now = time.monotonic()
        if now < self._look_at_ledger_at:
            return
        self._look_at_ledger_at = now + settings.KEY_LEDGER_SECONDS
        with self._lock:
            here = list(self._owners)
        if here:
            destroyed = Keyring.objects.filter(owner__in=here, destroyed_at__isnull=False)
            for owner in destroyed.values_list("owner", flat=True):
                self.drop(str(owner))

    def _listen(self) -> None:
        with self._lock:
            first, self._listening = not self._listening, True
        if first:
            announcements.listen(self.drop)


def _start_anew() -> None:
    """After a fork: threads and locks do not survive it, and the parent's keys are none of the child's business."""
    cache.__init__()  # type: ignore[misc]  # every reference stays good


cache = KeyCache()
os.register_at_fork(after_in_child=_start_anew)

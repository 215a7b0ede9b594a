"""Unwrapped field keys, kept in this process for a while and nowhere else.

An owner's keys are looked up anew after REFRESH_SECONDS, and are used for longer only while the key server does not
answer. Every KEY_LEDGER_SECONDS each thread that uses a key looks first whether its owner, or any other whose keys are
here, was destroyed; a message through Valkey usually says so before.
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
from django.db import connection
from django.utils.translation import gettext as _

from nozbe.encryption import announcements
from nozbe.encryption.keyring import key_service
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.errors import DomainError
from nozbe.keyserver import KeyServerRefused, KeyServerUnavailable, NoSuchKey

MOST_OWNERS = 5000
REFRESH_SECONDS = 300
SILENCE_SECONDS = 2
"""For how long nobody asks again after the key server did not answer: waiting people would take every thread."""


class NotLetIn(DomainError):
    """The key server answers, and refuses our token. What is cached is not used any longer: perhaps it was meant."""

    code = "key_server_refuses"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(_("The key server does not let us in. Nothing is lost; please try again later."))


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
        self.start_anew()

    def start_anew(self) -> None:
        """As after a fork: threads and locks do not survive it, and the parent's keys are none of the child's."""
        self._lock = threading.Lock()
        self._listening = False
        self.forget()

    def forget(self) -> None:
        """Know no key, and ask everybody again."""
        self._owners: OrderedDict[str, FieldKeys] = OrderedDict()
        self._thread = threading.local()
        """When each thread looks next: one that sees an older state of the database must not look for the others."""

        self._silent_until = 0.0

    def of(self, owner: str) -> FieldKeys:
        """Raises KeyServerUnavailable, or KeyDestroyed, also for an owner that never had keys."""
        now = time.monotonic()
        if now < self._next_look():
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
        if time.monotonic() < self._silent_until:
            raise KeyServerUnavailable
        return self._load([owner], stale_will_do=False)[owner]

    def drop(self, owner: str) -> None:
        with self._lock:
            self._owners.pop(owner, None)

    def _load(self, owners: Collection[str], *, stale_will_do: bool = True) -> dict[str, FieldKeys]:
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
            try:
                loaded[owner] = self._unwrap(wrapped[owner])
            except KeyServerUnavailable:
                if not stale_will_do:
                    raise
                loaded[owner] = self._stale(owner)
        self._refuse_destroyed(owners)  # meanwhile: the key server may have taken its time
        if not _sees_the_present():
            return loaded  # not for others
        with self._lock:
            for owner, keys in loaded.items():
                self._owners[owner] = keys
                self._owners.move_to_end(owner)
            while len(self._owners) > MOST_OWNERS:
                self._owners.popitem(last=False)
        return loaded

    def _unwrap(self, rows: list[FieldKey]) -> FieldKeys:
        """Ask the key server, but not again and again while it is silent. Raises KeyServerUnavailable, KeyDestroyed."""
        if time.monotonic() < self._silent_until:
            raise KeyServerUnavailable
        try:
            plain = key_service().unwrap_many(rows[0].keyring.key_name, [row.wrapped for row in rows])
        except KeyServerUnavailable:
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            raise
        except KeyServerRefused:  # our token ended: people wait until there is another, the doctor says so
            raise NotLetIn from None
        except NoSuchKey:
            self.drop(str(rows[0].keyring.owner))
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

    def _next_look(self) -> float:
        return getattr(self._thread, "next_look", 0.0)

    def _look_at_ledger(self) -> None:
        now = time.monotonic()
        if now < self._next_look():
            return
        with self._lock:
            here = list(self._owners)
        for owner in self._destroyed_among(here):
            self.drop(owner)
        self._thread.next_look = now + settings.KEY_LEDGER_SECONDS  # not when the query failed

    def _refuse_destroyed(self, owners: Collection[str]) -> None:
        for owner in self._destroyed_among(owners):
            self.drop(owner)
            raise KeyDestroyed

    def _destroyed_among(self, owners: Collection[str]) -> list[str]:
        if not owners:
            return []
        destroyed = Keyring.objects.filter(owner__in=owners, destroyed_at__isnull=False)
        return [str(owner) for owner in destroyed.values_list("owner", flat=True)]

    def _listen(self) -> None:
        with self._lock:
            first, self._listening = not self._listening, True
        if first:
            announcements.listen(self.drop)


def _sees_the_present() -> bool:
    """Whether this thread's queries see what others have committed by now."""
    if not connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        return bool(cursor.fetchone() == ("read committed",))


cache = KeyCache()
os.register_at_fork(after_in_child=cache.start_anew)

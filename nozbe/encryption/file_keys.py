"""Keys of files: made, stored wrapped, and kept unwrapped in this process for a while and nowhere else.

What holds for an owner's field keys holds here (`keys`): nothing is used after the owner's keys were destroyed, and
what is older than REFRESH_SECONDS only while the key server does not answer.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from nozbe.encryption.envelope import KEY_BYTES, CannotOpen
from nozbe.encryption.keyring import key_service
from nozbe.encryption.keyring.service import CannotUnwrap
from nozbe.encryption.keys import REFRESH_SECONDS, KeyDestroyed, cache
from nozbe.encryption.models import FileKey, Keyring
from nozbe.encryption.redaction import refuse_when_redacted
from nozbe.keyserver import KeyServerUnavailable, NoSuchKey
from nozbe.models import ID_LENGTH

MOST_FILES = 5000


class NewFileKey(NamedTuple):
    key: bytes
    """32 bytes, never to be stored."""

    row: FileKey
    """Not saved yet: it belongs into the transaction in which the file's row is made."""


class _Kept(NamedTuple):
    owner: str
    wrapped: str
    key: bytes
    fresh_until: float


class FileKeyCache:
    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """As after a fork: locks do not survive it, and the parent's keys are none of the child's."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def get(self, file: str) -> _Kept | None:
        with self._lock:
            return self._kept.get(file)

    def keep(self, file: str, kept: _Kept) -> None:
        with self._lock:
            self._kept[file] = kept
            self._kept.move_to_end(file)
            while len(self._kept) > MOST_FILES:
                self._kept.popitem(last=False)


_files = FileKeyCache()
os.register_at_fork(after_in_child=_files.start_anew)
forget = _files.start_anew


def make(owner: str, file: str) -> NewFileKey:
    """A fresh key for a file of this team. Asks the key server, so call it outside of a transaction.

    Raises KeyServerUnavailable and KeyDestroyed.
    """
    cache.of(owner)
    keyring = Keyring.objects.in_use().filter(owner=owner).first()
    if keyring is None:
        raise KeyDestroyed
    key = os.urandom(KEY_BYTES)
    try:
        wrapped = key_service().wrap(keyring.key_name, file.encode() + key)
    except NoSuchKey:
        raise KeyDestroyed from None
    return NewFileKey(key, FileKey(file=file, keyring=keyring, wrapped=wrapped))


def of(owner: str, file: str) -> bytes:
    """The key of a file of this team: 32 bytes, never to be stored.

    Raises CannotOpen when there is none or it is another file's, KeyServerUnavailable and KeyDestroyed.
    """
    refuse_when_redacted()
    cache.of(owner)  # whether the owner's keys may still be used
    row = FileKey.objects.filter(pk=file, keyring__owner=owner).select_related("keyring").first()
    if row is None:
        raise CannotOpen("there is no key for this file")
    kept = _files.get(file)
    known = kept is not None and (kept.owner, kept.wrapped) == (owner, row.wrapped)
    if kept is not None and known and time.monotonic() < kept.fresh_until:
        return kept.key
    try:
        key = _unwrap(row)
    except KeyServerUnavailable:
        if kept is None or not known:
            raise
        return kept.key
    _files.keep(file, _Kept(owner, row.wrapped, key, time.monotonic() + REFRESH_SECONDS))
    return key


def _unwrap(row: FileKey) -> bytes:
    try:
        (plain,) = key_service().unwrap_many(row.keyring.key_name, [row.wrapped])
    except NoSuchKey:
        raise KeyDestroyed from None
    except CannotUnwrap:
        raise CannotOpen("the key of this file is damaged") from None
    file, key = plain[:ID_LENGTH], plain[ID_LENGTH:]
    if file != row.file.encode() or len(key) != KEY_BYTES:
        raise CannotOpen("the key is another file's")
    return key

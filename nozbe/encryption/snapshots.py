"""Snapshots of the key server in the second store: all its keys, sealed by its own root key (OpenBao, raft storage).

Kept for KEPT_DAYS and no longer, since a snapshot brings a destroyed key back; `restoring` then destroys it again.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from datetime import UTC, datetime, timedelta
from typing import IO

from django.conf import settings
from django.utils import timezone

from nozbe import second_store
from nozbe.keyserver import KeyServerUnavailable, key_server

KEPT_DAYS = 7
PREFIX = "snapshots/"
NAME = f"{PREFIX}%Y-%m-%dT%H-%M-%S.%fZ.snap"
CLOCKS_DIFFER = timedelta(minutes=5)


def take() -> str:
    """Bring a snapshot to the second store; returns its name. It holds every key made before the call.

    Raises KeyServerUnavailable, also for one that arrived incomplete, KeyServerRefused and SecondStoreUnavailable.
    """
    with tempfile.TemporaryFile() as file:  # what is in it is sealed already
        for piece in key_server().snapshot():
            file.write(piece)
        _refuse_when_incomplete(file)
        name = timezone.now().astimezone(UTC).strftime(NAME)
        second_store.put_file(settings.KEY_SNAPSHOT_BUCKET, name, file)
    return name


def delete_old() -> int:
    """Delete those older than KEPT_DAYS; the newest stays, however old. Returns how many went."""
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    old = [name for made_at, name in _ours()[:-1] if made_at < limit]
    for name in old:
        second_store.delete(settings.KEY_SNAPSHOT_BUCKET, name)
    return len(old)


def newest() -> str | None:
    ours = _ours()
    return ours[-1][1] if ours else None


def _ours() -> list[tuple[datetime, str]]:
    """When and name, oldest first. Not what is named otherwise, nor what says that it is of the future."""
    names = second_store.names(settings.KEY_SNAPSHOT_BUCKET, prefix=PREFIX)
    limit = timezone.now() + CLOCKS_DIFFER
    return sorted((made_at, name) for name in names if (made_at := _made_at(name)) is not None and made_at <= limit)


def _made_at(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def _refuse_when_incomplete(file: IO[bytes]) -> None:
    """A snapshot is a tar of files and of their SHA-256 sums."""
    file.seek(0)
    sums: dict[str, str] = {}
    found: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member)
                assert content is not None  # a snapshot has no folders
                if member.name == "SHA256SUMS":
                    lines = content.read().decode().splitlines()
                    sums = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
                else:
                    found[member.name] = _sha256(content)
    except (tarfile.TarError, EOFError, OSError, ValueError):
        raise KeyServerUnavailable from None
    if not sums or any(found.get(name) != digest for name, digest in sums.items()):
        raise KeyServerUnavailable
    file.seek(0)

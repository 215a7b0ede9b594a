"""Holds the record against what the second store remembers of it.

Finds what no look into the database can: a chain that was computed anew, a tail that was cut off, tables that were
emptied; and in the store itself a checkpoint that was deleted, written over or forged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from django.conf import settings
from django.utils import timezone

from nozbe import second_store
from nozbe.audit.broken import CheckpointsDisagree
from nozbe.audit.chain import GENESIS
from nozbe.audit.checkpoints import PREFIX, Checkpoint, Forged
from nozbe.audit.connection import own_connection
from nozbe.second_store import Version
from nozbe.signing import PublicKeys, public_keys

RECENT = timedelta(days=2)


def compare_recent() -> int:
    """Compare the checkpoints of the last two days, and verify the newest one's signature. Returns how many."""
    recent: dict[Checkpoint, str] = {}
    problems: list[str] = []
    for day in _days(since=timezone.now().date() - RECENT):
        known, found = _compare(day)
        recent |= known
        problems += found
    if recent:
        newest = max(recent, key=lambda checkpoint: (checkpoint.at, checkpoint.head.seq))
        problems += _forgeries({newest: recent[newest]}, keys=public_keys())
    return _refuse(problems, len(recent))


def compare_all(*, signatures: bool = True) -> int:
    """Compare every checkpoint there is and verify its signature, and that the one before it is there.

    Raises CheckpointsDisagree with all that is wrong. Without `signatures`, which needs a token that may read the
    public key, only names are compared.
    """
    keys = public_keys() if signatures else None
    compared, problems = 0, []
    before: set[str] = set()  # names of the last day that had some
    for day in _days(since=_first_day()):
        known, found = _compare(day)
        compared += len(known)
        problems += found
        if keys is not None:
            problems += _forgeries(known, keys=keys, before=before)
        before = {checkpoint.name for checkpoint in known} or before
    return _refuse(problems, compared)


def _refuse(problems: list[str], compared: int) -> int:
    if problems:
        raise CheckpointsDisagree(problems)
    return compared


def _days(*, since: date) -> Iterator[date]:
    """Up to tomorrow, in case the worker that makes the checkpoints is ahead of us."""
    return (since + timedelta(days=number) for number in range((timezone.now().date() - since).days + 2))


def _first_day() -> date:
    for version in islice(second_store.versions(settings.RECORD_BUCKET, prefix=PREFIX), 1):
        if checkpoint := Checkpoint.from_name(version.name):
            return checkpoint.at.date()
    return timezone.now().date()


def _compare(day: date) -> tuple[dict[Checkpoint, str], list[str]]:
    """A day's checkpoints with the version to read, and what is wrong with them. Lists first, then asks the database:
    what was signed is committed, so whatever is in the list must be there."""
    by_name: dict[str, list[Version]] = defaultdict(list)
    for version in second_store.versions(settings.RECORD_BUCKET, prefix=f"{PREFIX}{day}/"):
        by_name[version.name].append(version)
    problems, known = [], {}
    for name, versions in sorted(by_name.items()):
        kept = [version for version in versions if not version.is_deletion]
        if len(kept) < len(versions):
            problems.append(f"{name} was deleted.")
        if len(kept) > 1:
            problems.append(f"{name} was written over.")
        checkpoint = Checkpoint.from_name(name)
        if checkpoint is None:
            problems.append(f"{name} is no checkpoint's name.")
        elif kept:
            oldest = min(reversed(kept), key=lambda version: version.at)  # listed from the newest on
            known[checkpoint] = oldest.version_id
    return known, problems + [problem for problem in _mismatches(list(known)) if problem]


def _mismatches(checkpoints: list[Checkpoint]) -> Iterator[str]:
    with own_connection() as own:
        numbers = [checkpoint.head.seq for checkpoint in checkpoints]
        found = own.execute("SELECT seq, hash FROM audit.seal WHERE seq = ANY(%s)", [numbers]).fetchall()
    hashes = {0: GENESIS, **dict(found)}
    for checkpoint in checkpoints:
        if checkpoint.head.seq not in hashes:
            yield f"{checkpoint.name} is ahead of the database: seal {checkpoint.head.seq} is missing."
        elif hashes[checkpoint.head.seq] != checkpoint.head.hash:
            yield f"{checkpoint.name} tells of another seal {checkpoint.head.seq} than there is."


def _forgeries(
    checkpoints: dict[Checkpoint, str], *, keys: PublicKeys, before: set[str] | None = None
) -> Iterator[str]:
    names = {checkpoint.name for checkpoint in checkpoints} | (before or set())
    for checkpoint, version_id in checkpoints.items():
        body = second_store.get(settings.RECORD_BUCKET, checkpoint.name, version_id=version_id)
        try:
            previous = checkpoint.refuse_forgery(body, keys=keys).previous
        except Forged as why:
            yield f"{checkpoint.name} {why}."
        else:
            if before and previous not in names:
                yield f"{previous}, which {checkpoint.name} goes on from, is gone."

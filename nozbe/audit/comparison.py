"""Holds the record against what the second store remembers of it.

Finds what no look into the database can: a chain that was computed anew, a tail that was cut off, tables that were
emptied; and in the store itself a checkpoint that was deleted, written over or forged.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from nozbe import second_store
from nozbe.audit import listing
from nozbe.audit.broken import CheckpointsDisagree
from nozbe.audit.chain import GENESIS
from nozbe.audit.checkpoints import Checkpoint, Forged
from nozbe.audit.connection import own_connection
from nozbe.signing import PublicKeys, public_keys


def compare_recent() -> int:
    """Compare the checkpoints of the last two days, and verify the newest one's signature. Returns how many.

    Also finds what is dated later than today, however late.
    """
    recent: dict[Checkpoint, str] = {}
    problems: list[str] = []
    for part in listing.recent():
        recent |= part.oldest
        problems += [*part.problems, *_mismatches(list(part.oldest))]
    if recent:
        newest = max(recent, key=lambda checkpoint: (checkpoint.at, checkpoint.head.seq))
        _genuine, forgeries = _verify_signatures({newest: recent[newest]}, keys=public_keys())
        problems += forgeries
    return _refuse(problems, len(recent))


def compare_all(*, signatures: bool = True) -> int:
    """Compare every checkpoint there is and verify its signature, and that the one before it is there.

    Raises CheckpointsDisagree with all that is wrong. Without `signatures`, which needs a token that may read the
    public key, only names are compared.
    """
    keys = public_keys() if signatures else None
    compared, problems = 0, []
    before: set[str] = set()  # names of the last day that had some of ours
    for part in listing.everything():
        compared += len(part.oldest)
        problems += [*part.problems, *_mismatches(list(part.oldest))]
        if keys is not None:
            genuine, forgeries = _verify_signatures(part.oldest, keys=keys, before=before)
            problems += forgeries
            before = genuine or before
    return _refuse(problems, compared)


def _refuse(problems: list[str], compared: int) -> int:
    if problems:
        raise CheckpointsDisagree(list(dict.fromkeys(problems)))
    return compared


def _mismatches(checkpoints: list[Checkpoint]) -> Iterator[str]:
    """Asks the database after the listing: what was signed is committed, so whatever is in the list must be there."""
    with own_connection() as own:
        numbers = [checkpoint.head.seq for checkpoint in checkpoints]
        found = own.execute("SELECT seq, hash FROM audit.seal WHERE seq = ANY(%s)", [numbers]).fetchall()
    hashes = {0: GENESIS, **dict(found)}
    for checkpoint in checkpoints:
        if checkpoint.head.seq not in hashes:
            yield f"{checkpoint.name} is ahead of the database: seal {checkpoint.head.seq} is missing."
        elif hashes[checkpoint.head.seq] != checkpoint.head.hash:
            yield f"{checkpoint.name} tells of another seal {checkpoint.head.seq} than there is."


def _verify_signatures(
    checkpoints: dict[Checkpoint, str], *, keys: PublicKeys, before: set[str] | None = None
) -> tuple[set[str], list[str]]:
    """Names of those that we signed; and which we did not, and what is gone that ours go on from."""
    previous, problems = {}, []
    for checkpoint, version_id in checkpoints.items():
        body = second_store.get(settings.RECORD_BUCKET, checkpoint.name, version_id=version_id)
        try:
            previous[checkpoint.name] = checkpoint.refuse_forgery(body, keys=keys).previous
        except Forged as why:
            problems.append(f"{checkpoint.name} {why}.")
    names = {checkpoint.name for checkpoint in checkpoints} | (before or set())
    if before:
        problems += [
            f"{other}, which {name} goes on from, is gone." for name, other in previous.items() if other not in names
        ]
    return set(previous), problems

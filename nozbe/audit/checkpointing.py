"""Makes a checkpoint, and not over a break: it goes on from the last one that was signed, not from the database.

Where the store shows that somebody deleted one, nothing is signed: it may be the very one that tells of a break.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from nozbe import second_store
from nozbe.audit.broken import CheckpointsDisagree
from nozbe.audit.checkpoints import Checkpoint, Forged
from nozbe.audit.listing import Listing, everything, recent
from nozbe.audit.sealing import seal_all
from nozbe.audit.verification import verify
from nozbe.signing import public_keys


def make_checkpoint() -> Checkpoint:
    """Seal, verify, sign and keep. Raises RecordBroken rather than sign what does not follow from the last one.

    1. Chain what is pending.
    2. Take the newest checkpoint of the store, in its oldest version, if none was deleted and its signature is ours.
    3. Compute the chain anew from that one's hash on to the end.
    4. Sign the end, and lock it in the store.
    """
    seal_all()
    last = _newest()
    (head,) = deque(verify(last.head if last else None), maxlen=1)
    now = timezone.now()
    checkpoint = Checkpoint(now.replace(microsecond=0), head, last.name if last else None)
    locked_until = now + timedelta(days=settings.RECORD_LOCK_DAYS)
    # One of that name is already there when two jobs end in the same second; then both say the same.
    second_store.put(settings.RECORD_BUCKET, checkpoint.name, checkpoint.signed(), locked_until=locked_until)
    return checkpoint


def _newest() -> Checkpoint | None:
    """The one that knows most, its signature verified; None when there has never been any."""
    known = _undeleted(recent()) or _undeleted(everything())
    if not known:
        return None
    newest = max(known, key=lambda checkpoint: (checkpoint.head.seq, checkpoint.at))
    body = second_store.get(settings.RECORD_BUCKET, newest.name, version_id=known[newest])
    try:
        return newest.refuse_forgery(body, keys=public_keys())
    except Forged as why:
        raise CheckpointsDisagree([f"{newest.name} {why}."]) from why


def _undeleted(parts: Iterable[Listing]) -> dict[Checkpoint, str]:
    """Checkpoints with the version to read. Raises CheckpointsDisagree when anything was deleted."""
    known: dict[Checkpoint, str] = {}
    deleted: list[str] = []
    for part in parts:
        known |= part.oldest
        deleted += part.deleted
    if deleted:
        raise CheckpointsDisagree([f"{name} was deleted." for name in deleted])
    return known

"""Makes a checkpoint, and never over a break: it goes on from the last one that was signed, not from the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from nozbe import second_store
from nozbe.audit.broken import CheckpointsDisagree
from nozbe.audit.checkpoints import PREFIX, Checkpoint, Forged
from nozbe.audit.sealing import seal_all
from nozbe.audit.verification import verify
from nozbe.signing import public_keys

LOOK_BACK = timedelta(days=2)


def make_checkpoint() -> Checkpoint:
    """Seal, verify, sign and keep. Raises RecordBroken rather than sign what does not follow from the last one.

    1. Chain what is pending.
    2. Take the newest checkpoint of the store, if its signature is ours.
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
    """The one that knows most, its signature verified; None when there is none at all."""
    since = f"{PREFIX}{timezone.now() - LOOK_BACK:%Y-%m-%d}"
    checkpoint = _furthest(second_store.names(settings.RECORD_BUCKET, prefix=PREFIX, after=since)) or _furthest(
        second_store.names(settings.RECORD_BUCKET, prefix=PREFIX)
    )
    if checkpoint is None:
        return None
    body = second_store.get(settings.RECORD_BUCKET, checkpoint.name)
    try:
        return checkpoint.refuse_forgery(body, keys=public_keys())
    except Forged as why:
        raise CheckpointsDisagree([f"{checkpoint.name} {why}."]) from why


def _furthest(names: Iterable[str]) -> Checkpoint | None:
    known = (checkpoint for checkpoint in map(Checkpoint.from_name, names) if checkpoint)
    return max(known, key=lambda checkpoint: (checkpoint.head.seq, checkpoint.at), default=None)

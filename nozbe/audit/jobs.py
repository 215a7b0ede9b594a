"""The record's own rounds. Each raises when something is wrong, so that its heartbeat and the doctor say so."""

from collections import deque

from celery import shared_task

from nozbe.audit.checkpointing import make_checkpoint
from nozbe.audit.comparison import compare_all, compare_recent
from nozbe.audit.sealing import seal_all
from nozbe.audit.verification import refuse_unsealed, verify


@shared_task
def seal() -> int:
    """Chain what was committed. Returns how many events that were."""
    return seal_all()


@shared_task
def checkpoint() -> int:
    """Sign where the record ends and keep that in the second store. Returns how long the record is."""
    return make_checkpoint().head.seq


@shared_task
def compare() -> int:
    """Hold the record against the checkpoints of the last two days. Returns how many there are."""
    return compare_recent()


@shared_task(time_limit=55 * 60)  # below the hour after which the queue would hand it out again
def verify_all() -> int:
    """Compute the whole chain anew and hold it against every checkpoint. Returns how long it is."""
    refuse_unsealed()
    (head,) = deque(verify(), maxlen=1)
    compare_all()
    return head.seq

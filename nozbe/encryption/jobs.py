from celery import shared_task
from django.utils import timezone

from nozbe.encryption import destruction, epochs, pool, snapshots


@shared_task
def keep_keys_ready() -> int:
    return pool.fill()


@shared_task
def destroy_keys() -> int:
    return destruction.destroy_due()


@shared_task
def begin_epochs() -> int:
    return sum(1 for _ in epochs.begin_due(older_than=timezone.now() - epochs.EPOCH))


@shared_task
def snapshot_key_server() -> int:
    snapshots.take()
    return snapshots.delete_old()

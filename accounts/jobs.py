from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

BATCH_SIZE = 1000


@shared_task
def end_expired_sessions() -> int:
    """Delete sessions that are over, in short transactions. Returns how many there were."""
    total = 0
    while True:
        batch = Session.objects.filter(expire_date__lt=timezone.now()).values("pk")[:BATCH_SIZE]
        deleted, _ = Session.objects.filter(pk__in=batch).delete()
        total += deleted
        if deleted < BATCH_SIZE:
            return total

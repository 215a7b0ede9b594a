from typing import Any

from celery import shared_task
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from accounts import invitation_mail
from accounts.models import ApiToken, Invitation
from accounts.sessions import notes_without_session

BATCH_SIZE = 1000


@shared_task
def end_expired_sessions() -> int:
    """Delete sessions that are over, and what was noted of them. Returns how many sessions there were."""
    ended = _delete(Session.objects.filter(expire_date__lt=timezone.now()))
    _delete(notes_without_session())
    return ended


@shared_task
def forget_expired_tokens() -> int:
    """Delete tokens that expired a month ago. Returns how many there were."""
    return _delete(ApiToken.objects.to_be_forgotten())


@shared_task
def forget_old_invitations() -> int:
    """Delete invitations that were over a month ago. Returns how many there were."""
    return _delete(Invitation.objects.to_be_forgotten())


@shared_task
def send_invitations() -> int:
    """Mail the invitations that are due. Returns how many were sent."""
    return invitation_mail.send_due()


def _delete(rows: QuerySet[Any]) -> int:
    """In batches, each a short transaction."""
    total = 0
    deleted: int
    while True:
        batch = rows.order_by("pk").values("pk")[:BATCH_SIZE]
        deleted, _ = rows.model._default_manager.filter(pk__in=batch).delete()
        total += deleted
        if deleted < BATCH_SIZE:
            return total

"""The mail that invites somebody into a team, and the sending of those that are due.

Unlike other mails about accounts (`accounts.mail`) it names what teams work on: their name. Without it nobody could say
whether the invitation is one they expect.

Each is picked, mailed, and noted as sent, in that order, and picked and noted in transactions of their own. So a worker
that is killed leaves at most one that was mailed and not noted: after five minutes that one is mailed a second time.
Two mails carry the same link, which works once. Logs say IDs and counts, no names and no addresses.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, Role
from nozbe.errors import DomainError

MOST_A_RUN = 100
UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Categories of signs that end lines, and of those that have no shape, such as the ones that turn text around."""
JOINERS = "\u200c\u200d"
"""Without a shape as well, and needed to write Persian, Hindi and some emoji."""

log = structlog.get_logger("accounts.invitations")


def send_due(*, most: int = MOST_A_RUN) -> int:
    """Returns how many were sent. One that cannot be written or sent is tried again later, and holds up no other.

    Raises SMTPException or OSError when there is no talking to the mail server, and what says that the database or the
    key server is away: then the others were not tried, and stay due.
    """
    if not Invitation.objects.to_be_sent().exists():
        return 0
    sent = refused = 0
    with get_connection() as connection:
        for _turn in range(most):
            invitation = Invitation.objects.take_one_to_send()
            if invitation is None:
                break
            if _mailed(invitation, connection):
                sent += 1
            else:
                refused += 1
    log.info("invitations", sent=sent, refused=refused)
    return sent


def _mailed(invitation: Invitation, connection: BaseEmailBackend) -> bool:
    try:
        connection.send_messages([mail_for(invitation)])
    except Exception as refusal:  # whatever is wrong with one must not keep the others from their mail
        if _concerns_all(refusal):
            raise
        invitation.note_not_sent()
        log.warning("invitation refused", invitation=invitation.pk, error=type(refusal).__name__)
        connection.close()  # it may be in the middle of a talk, or gone
        connection.open()
        return False
    else:
        invitation.note_sent()
        return True


def _concerns_all(refusal: Exception) -> bool:
    """Whether a part is away that every mail needs, rather than that this one cannot be written or sent."""
    if isinstance(refusal, DomainError):
        return refusal.status == HTTPStatus.SERVICE_UNAVAILABLE
    return isinstance(refusal, (OperationalError, InterfaceError))


def mail_for(invitation: Invitation) -> EmailMessage:
    inviter = invitation.invited_by
    context = {
        "name": as_one_line(inviter.name),
        "email": inviter.email,
        "team": as_one_line(invitation.team.name),
        "role": Role(invitation.role),
        "until": timezone.localtime(invitation.expires_at, UTC),
        "link": settings.ORIGIN + reverse("invitation", args=[invitation.token]),
        "origin": settings.ORIGIN,
    }
    subject, _line, body = render_to_string("accounts/mail/invitation.txt", context).partition("\n")
    return EmailMessage(subject, body.strip() + "\n", to=[invitation.email])


def as_one_line(text: str) -> str:
    """What somebody typed, so that it can neither add a line to a mail nor turn one around."""
    seen = (" " if unicodedata.category(sign) in UNSEEN and sign not in JOINERS else sign for sign in text)
    return " ".join("".join(seen).split())

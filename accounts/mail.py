"""Mails about accounts: plain text, short, and nothing of what teams work on.

A template `accounts/mail/<name>.txt` has the subject in its first line. A mail is sent within the transaction of what
it tells about: when it cannot be sent, nothing was done.
"""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.errors import MailUnavailable
from accounts.mailboxes import has_room


def send(name: str, *, to: str, request: HttpRequest, context: dict[str, Any] | None = None, asker: str = "") -> None:
    """Raises MailUnavailable when the mail server does not take it. Says nothing when the mailbox has had its share.

    `asker`: the ID of the account that asks for it, where strangers can have it sent.
    """
    if not has_room(to, name=name, asker=asker):
        return
    always = {"email": to, "site": address_of("/"), "at": timezone.now()}
    text = render_to_string(f"accounts/mail/{name}.txt", (context or {}) | always)
    subject, _line, body = text.strip().partition("\n")
    try:
        EmailMessage(subject, body.strip() + "\n", to=[to]).send()
    except (SMTPException, OSError) as error:
        # Who tries again in a minute must get the mail that this time did not go out.
        ratelimit.clear(request, app="allauth.account", action="confirm_email", key=to.lower())
        raise MailUnavailable from error


def address_of(path: str) -> str:
    """Where a link in a mail leads: to our own origin, not to the host and port that a request happened to name."""
    return f"{settings.ORIGIN}{path}"

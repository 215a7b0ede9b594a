"""Confirming the address that somebody signed up with, which opens the account to whoever knows its password.

That must be the person who reads the mail. Somebody else may have signed up with their address, and waits for them to
open the link. So it needs nothing more only in the browser in which the password was typed; in any other it needs the
password, and whoever does not know it resets it by mail.
"""

from __future__ import annotations

from allauth.account.internal.stagekit import unstash_login
from django.http import HttpRequest

from accounts.models import Account

SESSION_KEY = "signed_up"
"""Holds the ID of the account that this browser made."""


def note_signed_up_here(request: HttpRequest, account: Account) -> None:
    request.session[SESSION_KEY] = account.pk


def password_was_typed_here(request: HttpRequest, account: Account) -> bool:
    """Whether this browser signed up, is signed in, or was about to be, and waits for the address to be confirmed."""
    pending = unstash_login(request, peek=True)
    waiting = pending.user.pk if pending and pending.user else None
    return account.pk in (request.user.pk, request.session.get(SESSION_KEY), waiting)

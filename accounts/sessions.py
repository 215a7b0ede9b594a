"""Where somebody is signed in by browser, and signing out there."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.access import announce_access_change
from accounts.models import Account
from nozbe.audit import Verb, append


def open_sessions(account: Account) -> list[UserSession]:
    """Newest first; of those that were not ended or outlived."""
    rows = list(UserSession.objects.filter(user=account).order_by("-created_at", "-pk"))
    known = set(Session.objects.filter(pk__in=[row.session_key for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.session_key in known]


@transaction.atomic
def end_session(row: UserSession, *, by: Account) -> None:
    """Its next request is a stranger's. Twice is fine."""
    Session.objects.filter(pk=row.session_key).delete()
    deleted, _rows = UserSession.objects.filter(pk=row.pk).delete()
    if deleted:
        append(Verb.SESSION_ENDED, actor=by.pk, account=row.user_id)
        announce_access_change(row.user_id)

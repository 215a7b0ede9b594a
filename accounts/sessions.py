"""Sessions of browsers: where somebody is signed in, and ending one from elsewhere.

django-allauth notes each session beside Django's own row; ending one deletes both, and the next request with it is a
stranger's.
"""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import announce_access_change
from accounts.models import Account
from nozbe.audit import Verb, append

SEEN_IS_NOTED_EVERY = timedelta(minutes=5)
SEEN_KEY = "seen"


def live_sessions(account: Account) -> list[UserSession]:
    """Newest first. What ended some other way, such as by a new password, is left out."""
    theirs = UserSession.objects.filter(user=account).order_by("-last_seen_at", "-pk")
    rows = {row.session_key: row for row in theirs}
    signed = account.get_session_auth_hash()
    stored = Session.objects.filter(pk__in=rows, expire_date__gt=timezone.now())
    live = {session.pk for session in stored if session.get_decoded().get(HASH_SESSION_KEY) == signed}
    return [row for key, row in rows.items() if key in live]


@transaction.atomic
def end_sessions(sessions: QuerySet[UserSession], account: Account) -> int:
    """End those of `sessions` that are the account's. Returns how many there were."""
    theirs = list(sessions.filter(user=account))
    Session.objects.filter(pk__in=[session.session_key for session in theirs]).delete()
    UserSession.objects.filter(pk__in=[session.pk for session in theirs]).delete()
    for _session in theirs:
        append(Verb.SESSION_ENDED, actor=account.pk, account=account.pk, object=account.pk)
    if theirs:
        announce_access_change(account.pk)
    return len(theirs)


def stay_signed_in(request: HttpRequest, account: Account) -> None:
    """In this browser, after the password was changed; Django gives the session a new key, and so must we."""
    before = request.session.session_key
    update_session_auth_hash(request, account)
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def end_session_of(request: HttpRequest, account: Account) -> None:
    """Signing out."""
    end_sessions(UserSession.objects.filter(session_key=request.session.session_key), account)


def notes_without_session() -> QuerySet[UserSession]:
    """What is noted about sessions that are over: from where somebody came and with what. Not of those that begin."""
    stored = Session.objects.filter(pk=OuterRef("session_key"))
    an_hour_ago = timezone.now() - timedelta(hours=1)
    notes: QuerySet[UserSession] = UserSession.objects.filter(~Exists(stored), last_seen_at__lt=an_hour_ago)
    return notes


def note_seen(request: HttpRequest) -> None:
    """When a session was last used, to within five minutes: the session itself remembers when that was noted."""
    now = timezone.now()
    noted = request.session.get(SEEN_KEY, 0)
    if now.timestamp() - noted > SEEN_IS_NOTED_EVERY.total_seconds():
        request.session[SEEN_KEY] = int(now.timestamp())
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)

"""What a stream was opened with, and whether it still holds. Asks the database; changes nothing there.

`django.contrib.auth.get_user` would end a session that does not hold, and give one that was signed with an older secret
key a new name, which a stream cannot tell the browser.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.authentication import TokenAuthentication
from accounts.models import Account, ApiToken


@dataclass(frozen=True)
class Credential:
    """A session or a token: one of the two."""

    account_id: str
    session_key: str = ""
    token_id: str = ""


def credential_of(request: HttpRequest) -> Credential | None:
    """What somebody shows, if it is good now; a token goes before a session, as in REST. Raises TooManyGuesses."""
    if "Authorization" not in request.headers:
        return _by_session(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    try:
        found = TokenAuthentication().authenticate(Request(request))
    except AuthenticationFailed:
        return None
    return Credential(found[0].pk, token_id=found[1].pk) if found else None


def that_hold(credentials: Collection[Credential]) -> set[Credential]:
    """Those of them that are good now, by three queries."""
    tokens = _live_tokens(credential.token_id for credential in credentials if credential.token_id)
    sessions = _live_sessions(credential.session_key for credential in credentials if credential.session_key)
    return {
        credential
        for credential in credentials
        if (credential.token_id or credential.session_key) in (tokens if credential.token_id else sessions)
    }


def _by_session(key: str) -> Credential | None:
    account_id = _live_sessions([key]).get(key) if key else None
    return Credential(account_id, session_key=key) if account_id else None


def _live_tokens(ids: Iterable[str]) -> set[str]:
    tokens = ApiToken.objects.live().filter(pk__in=list(ids)).select_related("account")
    return {token.pk for token in tokens if token.account.is_active}


def _live_sessions(keys: Iterable[str]) -> dict[str, str]:
    """The account's ID by the key of each session that is not over, nor older than a change of the password."""
    readable = [key for key in keys if "\x00" not in key]
    rows = Session.objects.filter(pk__in=readable, expire_date__gt=timezone.now())
    decoded = {row.session_key: row.get_decoded() for row in rows}
    accounts = Account.objects.in_bulk({data[SESSION_KEY] for data in decoded.values() if SESSION_KEY in data})
    return {
        key: account.pk
        for key, data in decoded.items()
        if (account := accounts.get(data.get(SESSION_KEY))) and _is_signed_in(account, data)
    }


def _is_signed_in(account: Account, data: dict[str, str]) -> bool:
    if not account.is_active or data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    shown = data.get(HASH_SESSION_KEY, "")
    hashes = [account.get_session_auth_hash(), *account.get_session_auth_fallback_hash()]
    return any(constant_time_compare(shown, hash) for hash in hashes)

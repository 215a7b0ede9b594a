"""Devices that somebody has signed in with before: what others guess does not keep them out.

OWASP's "device cookies" (owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). The cookie is
no sign-in: whoever has it may guess, at a pace of their own. It names its accounts by hash:
`[[account, number of the device], …]`, signed, the newest of at most five last.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.guessing import account_key

SALT = "accounts.device_cookies"
MOST_ACCOUNTS = 5
LASTS_SECONDS = 365 * 24 * 60 * 60


def device_of(request: HttpRequest, email: str) -> str:
    """What the device is counted by when it tries to be this person; empty for an unknown one."""
    return dict(_known(request)).get(_hash_of(email), "")


def remember_device(request: HttpRequest, email: str) -> None:
    """Somebody just proved to be this person: the answer will carry a cookie that says so."""
    request.META.setdefault(SALT, []).append(email)


class DeviceCookiesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if emails := request.META.get(SALT):
            _set_cookie(response, _known(request), emails)
        return response


def _set_cookie(response: HttpResponse, known: list[tuple[str, str]], emails: list[str]) -> None:
    new = {_hash_of(email): secrets.token_urlsafe(16) for email in emails}
    devices = [*[(account, device) for account, device in known if account not in new], *new.items()]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(devices[-MOST_ACCOUNTS:], salt=SALT),
        max_age=LASTS_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> list[tuple[str, str]]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        return [(account, device) for account, device in signing.loads(cookie, salt=SALT, max_age=LASTS_SECONDS)]
    except signing.BadSignature:
        return []


def _hash_of(email: str) -> str:
    return salted_hmac(SALT, account_key(email), algorithm="sha256").hexdigest()[:32]

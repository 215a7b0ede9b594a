"""Devices that somebody has signed in with before: what others guess does not keep them out.

OWASP's "device cookies" (owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). The cookie is
no sign-in: whoever has it may guess, at a pace of their own. It names by hash what it is good for, the kind of guess
and the account: `[[what for, number of the device], …]`, signed, those of the newest of at most five accounts last.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SALT = "accounts.device_cookies"
MOST_ACCOUNTS = 5
KINDS = ("password", "code")
LASTS_SECONDS = 365 * 24 * 60 * 60


def device_of(request: HttpRequest, email: str, *, kind: str) -> str:
    """What the device is counted by when it tries to be this person; empty for an unknown one."""
    return dict(_known(request)).get(_hash_of(email, kind), "")


def remember_device(request: HttpRequest, email: str, *, kinds: tuple[str, ...] = KINDS) -> None:
    """Somebody just proved to be this person: the answer will carry a cookie that says so.

    `kinds`: of guesses that are counted by device from now on. Who proved one thing gets no fresh guesses at another.
    """
    request.META.setdefault(SALT, []).extend(_hash_of(email, kind) for kind in kinds)


class DeviceCookiesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if proved := request.META.get(SALT):
            _set_cookie(response, _known(request), proved)
        return response


def _set_cookie(response: HttpResponse, known: list[tuple[str, str]], proved: list[str]) -> None:
    new = {what_for: secrets.token_urlsafe(16) for what_for in proved}
    devices = [*[(what_for, device) for what_for, device in known if what_for not in new], *new.items()]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(devices[-MOST_ACCOUNTS * len(KINDS) :], salt=SALT),
        max_age=LASTS_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> list[tuple[str, str]]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        return [(what_for, device) for what_for, device in signing.loads(cookie, salt=SALT, max_age=LASTS_SECONDS)]
    except signing.BadSignature:
        return []


def _hash_of(email: str, kind: str) -> str:
    """Of the exact address. Guesses at addresses that look alike count as one, but share no device."""
    return salted_hmac(SALT, f"{kind}:{email.strip().lower()}", algorithm="sha256").hexdigest()[:32]

"""Pages show times as clocks show them where the person lives. Who is not signed in sees UTC."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Account


class TimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a cookie nobody is signed in, and nobody is looked for: health checks need no database.
        account = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if not isinstance(account, Account):
            return self.get_response(request)
        with timezone.override(account.time_zone):
            return self.get_response(request)

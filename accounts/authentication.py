"""Who is asking: by API token, or by the session of our own pages."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.guessing import note_wrong
from accounts.models import Account, ApiToken
from nozbe.client_address import client_address

SCHEME = "Bearer"


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer nozbe_…` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[Account, ApiToken] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _space, text = header.partition(" ")
        token = ApiToken.objects.find(text.strip()) if scheme.lower() == SCHEME.lower() else None
        if token is None or not token.account.is_active:
            note_wrong("token", address=client_address(request._request))
            raise AuthenticationFailed
        token.note_use()
        return token.account, token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of our own pages, with its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Account, None] | None:
        own: HttpRequest = request._request
        account = own.user
        if not account.is_authenticated:
            return None
        self.enforce_csrf(request)
        assert isinstance(account, Account)  # the web site signs in nobody else
        return account, None

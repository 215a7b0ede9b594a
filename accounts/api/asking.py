from __future__ import annotations

from rest_framework.request import Request

from accounts.models import Account


def account_of(request: Request) -> Account:
    """Who asks; the permission has seen to it that somebody is signed in."""
    assert isinstance(request.user, Account)
    return request.user

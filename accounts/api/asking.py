from __future__ import annotations

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from rest_framework.request import Request

from accounts.errors import ConfirmItIsYou
from accounts.models import Account


def account_of(request: Request) -> Account:
    """Who asks; the permission has seen to it that somebody is signed in."""
    assert isinstance(request.user, Account)
    return request.user


def refuse_unless_confirmed(request: Request) -> None:
    """As our pages do, where a browser asks. A token is nothing that somebody leaves open. Raises ConfirmItIsYou."""
    if request.auth is None and not did_recently_reauthenticate(request._request):
        raise ConfirmItIsYou

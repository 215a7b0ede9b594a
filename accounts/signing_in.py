"""Proving who one is without a browser: password, then second factor where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.errors import WrongPassword
from accounts.models import Account
from accounts.second_factors import use_code
from nozbe.errors import DomainError


class WrongCredentials(DomainError):
    """The same for an unknown address, a wrong password and an account that is over."""

    code = "wrong_credentials"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(_("That email address and password do not go together."))


class AddressNotVerified(DomainError):
    code = "address_not_verified"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("Follow the link in the mail that we sent you first; then sign in."))


class SecondFactorRequired(DomainError):
    code = "second_factor_required"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("Send `otp` too: a code of your authenticator app, or a recovery code."))


class WrongCode(DomainError):
    code = "wrong_code"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("That code is wrong, or was used already."))


@dataclass(frozen=True)
class Proof:
    """A password was right. It says nothing yet about a second factor."""

    account: Account

    def with_second_factor(self, code: str | None) -> None:
        """Use up a code, where the account has a second factor: SecondFactorRequired, WrongCode, TooManyGuesses."""
        if not Authenticator.objects.filter(user=self.account).exists():
            return
        if code is None:
            raise SecondFactorRequired
        if use_code(self.account, code) is None:
            raise WrongCode


def prove(request: HttpRequest, *, email: str, password: str) -> Proof:
    """Raises WrongCredentials, AddressNotVerified when all but that is right, and TooManyGuesses without looking."""
    account = get_adapter(request).authenticate(request, email=email.strip().lower(), password=password)
    if not isinstance(account, Account) or not account.is_active:
        raise WrongCredentials
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not account.verified_addresses():
        raise AddressNotVerified
    return Proof(account)


def prove_again(request: HttpRequest, account: Account, *, password: str) -> None:
    """For what must not be done with a stolen session or token alone. Raises WrongPassword."""
    if not get_adapter(request).reauthenticate(account, password):
        raise WrongPassword

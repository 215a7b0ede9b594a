"""Signing up without telling anybody whether an address has an account.

New or known, the same work is done: a password is hashed, a mail is sent to the address, the same is answered.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts.models import Account
from accounts.models.held_address import hold_address
from nozbe.encryption.models import Keyring


@transaction.atomic
def sign_up(**details: Any) -> tuple[Account, bool]:
    """The account of that address, and whether it was made just now. Raises as `Account.objects.sign_up`."""
    email = details["email"].strip().lower()
    hold_address(email)
    known = EmailAddress.objects.filter(email=email, verified=True).first()
    account = known.user if known else Account.objects.filter(email=email).first()
    if account is not None:
        _refuse_as_if_it_were_new(**details)
        return account, False
    account = Account.objects.sign_up(**details)
    return account, True


def tell_by_mail(request: HttpRequest, account: Account, *, email: str, new: bool) -> None:
    """To the new: confirm the address. To whoever has an account: somebody tried to make another."""
    if new:
        address = EmailAddress.objects.get(user=account, email=email.strip().lower())
        send_verification_email_to_address(request, address, signup=True)
    else:
        get_adapter(request).send_account_already_exists_mail(email)


def _refuse_as_if_it_were_new(**details: Any) -> None:
    """Whatever would be refused for a new address is refused for a known one too, after the same work."""
    password = details.pop("password")
    details["country"] = details["country"].upper()
    stranger = Account(**details | {"email": details["email"].strip().lower()})
    try:
        validate_password(password, stranger)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    stranger.password = make_password(password)
    stranger.full_clean(validate_unique=False, validate_constraints=False)
    Keyring.objects.refuse_when_none_is_ready(Keyring.ACCOUNT)

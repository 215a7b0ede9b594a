"""Second factors: an authenticator app, passkeys, and recovery codes for the day the others are lost.

Each change is one transaction with its entry in the record and its mail, which allauth's own flows are not.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import TooMany
from accounts.models import Account
from nozbe.audit import Verb, append

MOST_PASSKEYS = 20


@transaction.atomic
def add_app(account: Account, secret: str) -> bool:
    """Returns whether recovery codes were made along with it."""
    account.lock()
    TOTP.activate(account, secret)
    return _added(account)


@transaction.atomic
def add_passkey(account: Account, *, name: str, credential: dict[str, Any]) -> bool:
    """Returns whether recovery codes were made along with it. Raises TooMany for the twenty-first."""
    account.lock()
    if Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN).count() >= MOST_PASSKEYS:
        raise TooMany(_("You have 20 passkeys already. Remove one that you no longer use."))
    WebAuthn.add(account, name, credential)
    return _added(account)


@transaction.atomic
def rename_passkey(passkey: Authenticator, name: str) -> None:
    passkey.wrap().name = name
    passkey.save(update_fields=["data"])


@transaction.atomic
def remove(factor: Authenticator, account: Account) -> None:
    """With the last one go the recovery codes: they stand in for a factor that is lost, and there is none."""
    account.lock()
    factor.delete()
    delete_dangling_recovery_codes(account)
    append(Verb.FACTOR_REMOVED, actor=account.pk, account=account.pk, object=account.pk)


@transaction.atomic
def renew_recovery_codes(account: Account) -> None:
    """Make new ones; the old ones open nothing any more."""
    account.lock()
    Authenticator.objects.filter(user=account, type=Authenticator.Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(account)
    append(Verb.FACTOR_ADDED, actor=account.pk, account=account.pk, object=account.pk)


def ways_in(account: Account) -> list[str]:
    """What else than the password opens the account or stands before it, in words, passkeys by the names they have."""
    ways = []
    for factor in Authenticator.objects.filter(user=account).order_by("pk"):
        if factor.type == Authenticator.Type.WEBAUTHN:
            ways.append(_("the passkey “%(name)s”") % {"name": factor.wrap().name})
        elif factor.type == Authenticator.Type.TOTP:
            ways.append(_("the authenticator app"))
        else:
            ways.append(_("the recovery codes"))
    if settings.OIDC_NAME and SocialAccount.objects.filter(user=account).exists():
        ways.append(_("signing in with %(name)s") % {"name": settings.OIDC_NAME})
    return ways


def _added(account: Account) -> bool:
    append(Verb.FACTOR_ADDED, actor=account.pk, account=account.pk, object=account.pk)
    codes = Authenticator.objects.filter(user=account, type=Authenticator.Type.RECOVERY_CODES)
    if codes.exists():
        return False
    RecoveryCodes.activate(account)
    return True

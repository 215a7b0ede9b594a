"""Codes of an authenticator app, and recovery codes: each is good once, for every process and whatever cache is away.

allauth remembers used codes of an app in the cache. We keep the last time step that was used (RFC 6238, 5.2: "MUST NOT
accept the second attempt") beside the secret, and look at it under the row's lock.
"""

from __future__ import annotations

from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts.device_cookies import device_of
from accounts.guessing import Guess
from accounts.models import Account

LAST_STEP = "last_step"


def use_code(account: Account, code: str) -> Authenticator | None:
    """What the code belongs to, and it is used up; None when it is wrong or was used before.

    Raises TooManyGuesses without looking.
    """
    device = device_of(context.request, account.email, kind="code")
    guess = Guess("code", account=account.pk, device=device)
    guess.begin()
    factor = _use(account, code)
    if factor is not None:
        guess.was_right()
    return factor


@transaction.atomic
def _use(account: Account, code: str) -> Authenticator | None:
    account.lock()  # before what belongs to it, as everywhere: else this and removing a factor may wait for each other
    with_codes = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    factors = Authenticator.objects.filter(user=account, type__in=with_codes)
    for factor in factors.select_for_update().order_by("pk"):
        of_an_app = factor.type == Authenticator.Type.TOTP
        if _use_code_of_app(factor, code) if of_an_app else factor.wrap().validate_code(code):
            return factor
    return None


def _use_code_of_app(factor: Authenticator, code: str) -> bool:
    secret = decrypt(factor.data["secret"])
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            if step <= factor.data.get(LAST_STEP, -1):
                return False
            factor.data[LAST_STEP] = step
            factor.save(update_fields=["data"])
            return True
    return False

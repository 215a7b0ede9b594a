"""Changing one's address: proved by a link that is mailed to the new one, before anything changes.

Nothing is stored meanwhile. A row with an address that nobody has proved would let whoever reads mail there reset the
password of the account it hangs on, and keep the address from its true owner. So the link carries what is asked for,
sealed and signed by the site's secret key, and counts only for the account that asked, signed in, and while it has the
address it had then. A link ends up in places that mail does not, such as a browser's history: nobody reads an address
out of it.
"""

from __future__ import annotations

import json
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from accounts import mail
from accounts.models import Account
from accounts.sealing import NEW_ADDRESSES, CannotOpen, seal, unseal
from nozbe.errors import NotFound

SALT = "accounts.new_address"
LASTS = timedelta(days=1)


def ask_for_proof(account: Account, email: str, request: HttpRequest) -> None:
    """Mail a link to `email`; when it has an account already, say so there and nowhere else. Raises MailUnavailable."""
    asked = seal(json.dumps([account.pk, account.email, email]), info=NEW_ADDRESSES, secret_key=settings.SECRET_KEY)
    token = signing.dumps(asked, salt=SALT)
    if Account.objects.with_address(email).exists():
        mail.send("new_address_taken", to=email, request=request, asker=account.pk)
    else:
        url = mail.address_of(reverse("confirm-new-address", args=[token]))
        mail.send("new_address", to=email, request=request, context={"url": url}, asker=account.pk)


def proved(token: str, account: Account) -> str:
    """The new address that a link proves for `account`. Raises NotFound for a link that is not, or no more, good."""
    try:
        asked = signing.loads(token, salt=SALT, max_age=LASTS)
        secret_keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        pk, old, new = json.loads(unseal(asked, info=NEW_ADDRESSES, secret_keys=secret_keys))
    except (signing.BadSignature, CannotOpen):
        raise NotFound from None
    if (pk, old) != (account.pk, account.email):
        raise NotFound
    return str(new)

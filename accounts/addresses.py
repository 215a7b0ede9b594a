"""Changing one's address: proved by a link that is mailed to the new one, before anything changes.

Nothing is stored meanwhile. A row with an address that nobody has proved would let whoever reads mail there reset the
password of the account it hangs on, and keep the address from its true owner. So the link carries what is asked for,
signed by the site's secret key, and counts only for the account that asked, signed in, and while it has the address it
had then.
"""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from accounts import mail
from accounts.models import Account
from nozbe.errors import NotFound

SALT = "accounts.new_address"
LASTS = timedelta(days=1)


def ask_for_proof(account: Account, email: str, request: HttpRequest) -> None:
    """Mail a link to `email`; when it has an account already, say so there and nowhere else. Raises MailUnavailable."""
    token = signing.dumps([account.pk, account.email, email], salt=SALT)
    if Account.objects.with_address(email).exists():
        mail.send("new_address_taken", to=email, request=request, asker=account.pk)
    else:
        url = mail.address_of(reverse("confirm-new-address", args=[token]))
        mail.send("new_address", to=email, request=request, context={"url": url}, asker=account.pk)


def proved(token: str, account: Account) -> str:
    """The new address that a link proves for `account`. Raises NotFound for a link that is not, or no more, good."""
    try:
        pk, old, new = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        raise NotFound from None
    if (pk, old) != (account.pk, account.email):
        raise NotFound
    return str(new)

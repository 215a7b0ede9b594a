"""Nobody's mailbox is flooded by those who only know its address.

What anybody can have sent to anybody: at most a few an hour of each kind. The rest is left out without a word, since
the answer must not tell what was sent; each of the few holds a link that works. Kinds are counted apart, so that
nobody's reset is used up by somebody else's sign-ups. Where an account asks, each has a share of its own, so that
nobody's change of address is used up by somebody else's; all together have a larger one.
"""

from __future__ import annotations

from django.core.cache import cache

from accounts import guessing
from nozbe.hiding import hidden

MOST_AN_HOUR = 5
MOST_AN_HOUR_OF_ALL = 30
"""Of all accounts that ask for it together."""
SIGNING_UP, RESETTING, CONFIRMING, CHANGING = "sign-up", "reset", "confirmation", "change"
KINDS = {
    "email_confirmation_signup": SIGNING_UP,
    "account_already_exists": SIGNING_UP,
    "password_reset_key": RESETTING,
    "unknown_account": RESETTING,
    "email_confirmation": CONFIRMING,
    "new_address": CHANGING,
    "new_address_taken": CHANGING,
}


def has_room(email: str, *, name: str, asker: str = "") -> bool:
    """Whether one more mail may go there, which is then counted. `name`: of its template. `asker`: the account's ID."""
    if name not in KINDS:
        return True  # about what somebody did who proved to be that person
    mailbox = f"{KINDS[name]}:{guessing.account_key(email)}"
    if not asker:
        return _takes_one_more(mailbox, MOST_AN_HOUR)
    return _takes_one_more(f"{mailbox}:{asker}", MOST_AN_HOUR) and _takes_one_more(mailbox, MOST_AN_HOUR_OF_ALL)


def _takes_one_more(mailbox: str, most: int) -> bool:
    hour = int(guessing.clock() // guessing.HOUR)
    key = f"mailbox:{hidden(mailbox)}:{hour}"
    cache.add(key, 0, timeout=2 * guessing.HOUR)
    try:
        return cache.incr(key) <= most
    except ValueError:  # the cache went away or came back this moment
        return True

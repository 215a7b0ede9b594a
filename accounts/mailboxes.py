"""Nobody's mailbox is flooded by those who only know its address.

What anybody can have sent to anybody: at most a few an hour of each kind. The rest is left out without a word, since
the answer must not tell what was sent; each of the few holds a link that works. Kinds are counted apart, so that
nobody's reset is used up by somebody else's sign-ups.
"""

from __future__ import annotations

from django.core.cache import cache

from accounts import guessing

MOST_AN_HOUR = 5
SIGNING_UP, RESETTING, CONFIRMING = "sign-up", "reset", "confirmation"
KINDS = {
    "email_confirmation_signup": SIGNING_UP,
    "account_already_exists": SIGNING_UP,
    "password_reset_key": RESETTING,
    "unknown_account": RESETTING,
    "email_confirmation": CONFIRMING,
    "new_address": CONFIRMING,
    "new_address_taken": CONFIRMING,
}


def has_room(email: str, *, name: str) -> bool:
    """Whether one more mail may go there, which is then counted. `name`: of its template."""
    if name not in KINDS:
        return True  # about what somebody did who proved to be that person
    hour = int(guessing.clock() // guessing.HOUR)
    key = f"mailbox:{KINDS[name]}:{guessing.hidden(guessing.account_key(email))}:{hour}"
    cache.add(key, 0, timeout=2 * guessing.HOUR)
    try:
        return cache.incr(key) <= MOST_AN_HOUR
    except ValueError:  # the cache went away or came back this moment
        return True

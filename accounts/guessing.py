"""Guessing is slowed, then refused for a while; whoever is right gets in (docs/guessing.md).

What is counted are attempts, before it is known whether they are right, so that a hundred at once are not looked at as
if each were the first; `was_right` gives the attempt back. Who may not try is answered 429 with Retry-After: a thread
that sleeps would be a site that others can put to sleep.

An attempt counts for the client's address and for the account, known or unknown. An attempt by a device that its owner
has signed in with (`accounts.device_cookies`) counts for that device alone, so that no attacker can lock the owner out.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.core.cache import cache
from prometheus_client import Counter

from accounts.errors import TooManyGuesses
from nozbe.client_address import network_of
from nozbe.hiding import hidden

log = structlog.get_logger("accounts.guessing")
REFUSED = Counter("nozbe_guesses_refused", "Attempts that were refused because there had been too many.", ["kind"])

clock: Callable[[], float] = time.time
"""Seconds since the epoch; tests set it forward."""

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Limit:
    free: int
    """So many wrong ones cost nothing."""

    per: int
    """Seconds for which a wrong one counts: at least, and less than twice as long."""

    first_wait: int
    """Seconds to wait after as many as are free; each one more doubles it."""

    longest_wait: int

    def wait_after(self, wrong: int) -> int:
        if wrong < self.free:
            return 0
        return min(self.first_wait << min(wrong - self.free, 20), self.longest_wait)


LIMITS = {
    "password": {
        "address": Limit(free=30, per=HOUR, first_wait=1, longest_wait=5 * MINUTE),
        "account": Limit(free=5, per=DAY, first_wait=2, longest_wait=15 * MINUTE),
        "device": Limit(free=10, per=DAY, first_wait=1, longest_wait=5 * MINUTE),
    },
    "code": {
        "account": Limit(free=5, per=DAY, first_wait=5, longest_wait=15 * MINUTE),
        "device": Limit(free=5, per=DAY, first_wait=5, longest_wait=15 * MINUTE),
    },
    # 256 random bits and a signature: nobody guesses these. It is about who keeps trying.
    "token": {"address": Limit(free=100, per=HOUR, first_wait=1, longest_wait=MINUTE)},
    "invitation": {"address": Limit(free=30, per=HOUR, first_wait=2, longest_wait=15 * MINUTE)},
}


class Guess:
    """One attempt: `begin` before looking whether it is right, then `was_right` if it was."""

    def __init__(self, kind: str, *, account: str = "", address: str = "", device: str = "") -> None:
        """`account`: the address typed, or an ID. `address`: the client's. `device`: from `accounts.device_cookies`."""
        counted = {"device": device} if device else {"address": network_of(address), "account": account_key(account)}
        self.kind = kind
        self._tallies = [
            Tally(f"guess:{kind}:{by}:{hidden(whose)}", limit)
            for by, limit in LIMITS[kind].items()
            if (whose := counted.get(by))
        ]

    def begin(self) -> None:
        """Count it. Raises TooManyGuesses, and counts nothing, when one has to wait."""
        now = clock()
        self._refuse(max((tally.seconds_left(now) for tally in self._tallies), default=0))
        for tally in self._tallies:
            if wait := tally.take(now):
                self._give_back()
                self._refuse(wait)

    def was_right(self) -> None:
        """Nothing was guessed. What others got wrong stays counted, so nobody wipes it out by being right at times."""
        self._give_back()

    def _give_back(self) -> None:
        for tally in self._tallies:
            tally.give_back()

    def _refuse(self, seconds: float) -> None:
        if seconds > 0:
            REFUSED.labels(self.kind).inc()
            log.info("refused to let somebody guess", kind=self.kind)
            raise TooManyGuesses(seconds)


def note_wrong(kind: str, *, address: str) -> None:
    """Count what nobody can guess and was wrong. Raises TooManyGuesses instead of letting the caller say so.

    What is right is never refused, however many wrong ones came from there.
    """
    Guess(kind, address=address).begin()


class Tally:
    """Attempts of one sort by somebody, and until when the next one has to wait.

    In the cache: `<key>:<number of the period>` counts the attempts of a period, `<key>:until` says when the next may
    come, and `<key>:turn:<until>` that somebody came, so that of many at once it is one.
    """

    def __init__(self, key: str, limit: Limit) -> None:
        self.key = key
        self.limit = limit
        self._taken: tuple[str, str, float] | None = None

    def seconds_left(self, now: float) -> float:
        """Until one may try; to be asked before `take`."""
        self._now, self._last = self._period(now), self._period(now - self.limit.per)
        found = cache.get_many([self._now, self._last, f"{self.key}:until"])
        self._before: int = found.get(self._last, 0)
        self._until: float = found.get(f"{self.key}:until", 0.0)
        wrong = self._before + found.get(self._now, 0)
        return max(0.0, self._until - now) if wrong >= self.limit.free else 0.0

    def take(self, now: float) -> float:
        """Count one. 0; or the seconds to wait when somebody else came first, and then nothing is counted."""
        turn = f"{self.key}:turn:{self._until}"
        wrong = self._before + self._more()
        if wrong > self.limit.free and not cache.add(turn, 1, timeout=self.limit.longest_wait):
            self._less()
            return self.limit.wait_after(wrong - 1)
        until = now + self.limit.wait_after(wrong)
        if until > now:
            cache.set(f"{self.key}:until", until, timeout=2 * self.limit.longest_wait)
        self._taken = (turn, f"{self.key}:until", until)
        return 0

    def give_back(self) -> None:
        if self._taken is not None:
            turn, until_key, until = self._taken
            self._taken = None
            self._less()
            cache.delete(turn)
            if cache.get(until_key) == until:
                cache.set(until_key, self._until, timeout=2 * self.limit.longest_wait)

    def _more(self) -> int:
        cache.add(self._now, 0, timeout=3 * self.limit.per)
        try:
            return cache.incr(self._now)
        except ValueError:  # the cache went away or came back this moment
            cache.set(self._now, 1, timeout=3 * self.limit.per)
            return 1

    def _less(self) -> None:
        with suppress(ValueError):  # likewise
            cache.decr(self._now)

    def _period(self, at: float) -> str:
        return f"{self.key}:{int(at // self.limit.per)}"


def account_key(typed: str) -> str:
    """One key for all ways to type an address. Rather too few keys than too many: sharing one only costs a wait.

    The database compares in small letters by its own rules, in which more than one letter may become the same.
    """
    plain = unicodedata.normalize("NFKD", typed.strip()).upper().lower()
    return "".join(letter for letter in plain if not unicodedata.category(letter).startswith("M"))

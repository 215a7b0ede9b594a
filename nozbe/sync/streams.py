"""The streams that this process holds open, each for as long as the session or token that opened it is good.

When somebody's access changed, they are looked at within moments; all of them at every heartbeat, since an announcement
may get lost. One look at a time, in a thread, so that any number of streams needs one connection to the database.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseIsAway
from django.db import close_old_connections
from prometheus_client import Gauge

from accounts.access import CHANNEL
from nozbe import announcing
from nozbe.announcing import TEAM_CHANGES
from nozbe.sync.credentials import Credential, that_hold
from nozbe.sync.pokes import snapshot_of_now, who_has_news

log = structlog.get_logger("nozbe.streams")

OPEN = Gauge("nozbe_streams_open", "Event streams held open.", multiprocess_mode="mostrecent")
PAUSE_SECONDS = 0.1
"""Between two looks for news."""

MOST_AT_ONCE = 500
"""Credentials looked at in one go."""


class Stream:
    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self.over = asyncio.Event()
        """Set when what it was opened with does not hold any more."""

        self.news = asyncio.Event()
        """Set when there is something to pull."""


class Streams:
    """Of one process and its event loop."""

    def __init__(self) -> None:
        self._by_account: dict[str, set[Stream]] = defaultdict(set)
        self._changed: set[str] = set()
        self._something_changed = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._count = 0
        self._work_changed = False
        self._since: str | None = None
        """The snapshot of the last look for news."""

    @contextlib.contextmanager
    def holding(self, credential: Credential) -> Iterator[Stream]:
        """A stream that is looked after. Call `look_at` within: access may have ended before it was held."""
        self._begin_to_keep()
        stream = Stream(credential)
        self._by_account[credential.account_id].add(stream)
        self._note(+1)
        try:
            yield stream
        finally:
            self._note(-1)
            self._by_account[credential.account_id].discard(stream)
            if not self._by_account[credential.account_id]:
                del self._by_account[credential.account_id]

    def look_at(self, account_id: str) -> None:
        """Soon: end those streams of the account whose credential does not hold any more."""
        if account_id in self._by_account:
            self._changed.add(account_id)
            self._something_changed.set()

    def look_at_all(self) -> None:
        self._changed.update(self._by_account)
        self._something_changed.set()

    def look_for_news(self) -> None:
        self._work_changed = True
        self._something_changed.set()

    def _begin_to_keep(self) -> None:
        if self._keeper is None:
            loop = asyncio.get_running_loop()

            def on_change(account_id: str) -> None:
                loop.call_soon_threadsafe(self.look_at, account_id)

            def on_connected() -> None:
                loop.call_soon_threadsafe(self.look_at_all)

            def on_work(_team: str) -> None:
                loop.call_soon_threadsafe(self.look_for_news)

            announcing.listen(CHANNEL, on_change, on_connected=on_connected)
            announcing.listen(TEAM_CHANGES, on_work, on_connected=lambda: on_work(""))
            self._keeper = loop.create_task(self._keep())
            self._keeper.add_done_callback(self._end_all)

    def _end_all(self, keeper: asyncio.Task[None]) -> None:
        """Nobody looks any more, by a mistake of ours: no stream is held unlooked at. The next one begins anew."""
        self._keeper = None
        if not keeper.cancelled():
            log.error("streams are not looked at", exc_info=keeper.exception())
        for stream in [stream for streams in self._by_account.values() for stream in streams]:
            stream.over.set()

    def _note(self, change: int) -> None:
        self._count += change
        OPEN.set(self._count)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        all_at = loop.time() + settings.STREAM_HEARTBEAT_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._something_changed.wait(), timeout=max(0, all_at - loop.time()))
            self._something_changed.clear()
            if loop.time() >= all_at:
                all_at = loop.time() + settings.STREAM_HEARTBEAT_SECONDS
                self._changed.update(self._by_account)
                self._work_changed = True
            changed, self._changed = self._changed, set()
            await self._end_what_does_not_hold([stream for account in changed for stream in self._of(account)])
            if self._work_changed:
                self._work_changed = False
                await self._tell_of_news()
                await asyncio.sleep(PAUSE_SECONDS)  # many commits, one look

    async def _tell_of_news(self) -> None:
        accounts = list(self._by_account)
        try:
            self._since, told = await sync_to_async(_news)(accounts, self._since)
        except DatabaseIsAway as error:
            self._work_changed = True  # nothing is forgotten: the next look begins where the last one did
            log.warning("there may be news", error=type(error).__name__)
            return
        for stream in [stream for account in told for stream in self._of(account)]:
            stream.news.set()

    def _of(self, account_id: str) -> set[Stream]:
        return self._by_account.get(account_id, set())

    async def _end_what_does_not_hold(self, streams: list[Stream]) -> None:
        for start in range(0, len(streams), MOST_AT_ONCE):
            some = streams[start : start + MOST_AT_ONCE]
            try:
                hold = await sync_to_async(_that_hold)({stream.credential for stream in some})
            except DatabaseIsAway as error:
                # Streams carry no content, and who follows one up asks the database: they may wait for its return.
                log.warning("streams could not be looked at", error=type(error).__name__)
                return
            for stream in some:
                if stream.credential not in hold:
                    stream.over.set()


def _that_hold(credentials: set[Credential]) -> set[Credential]:
    close_old_connections()
    try:
        return that_hold(credentials)
    finally:
        close_old_connections()


def _news(accounts: list[str], since: str | None) -> tuple[str, set[str]]:
    """At the first look nobody knows what anybody has seen: all are told."""
    close_old_connections()
    try:
        if since is None:
            return snapshot_of_now(), set(accounts)
        return who_has_news(accounts, since)
    finally:
        close_old_connections()

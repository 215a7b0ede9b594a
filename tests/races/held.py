"""Two who act at the same moment, made to meet: a third holds the row they both need until both wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import connection, transaction

from accounts.models import Team
from accounts.models.held_address import hold_address

PATIENCE_SECONDS = 20


class Actor(threading.Thread):
    """Acts in a thread with a connection of its own. `outcome`: what was returned, or raised."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act
        self.outcome: object = None

    def run(self) -> None:
        try:
            self.outcome = self.act()
        except Exception as error:
            self.outcome = error
        finally:
            connection.close()


@contextmanager
def row_of_team_held(team: Team) -> Iterator[None]:
    with transaction.atomic():
        team.lock()
        yield


def waiting() -> int:
    """How many connections of this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same all the time
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def until_waiting(actor: Actor, *, number: int) -> None:
    """Until so many wait, `actor` the last of them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting() < number:
        assert actor.is_alive(), f"it did not wait for the lock: {actor.outcome!r}"
        assert time.monotonic() < deadline, "it did not get as far as the lock"
        time.sleep(0.01)


@contextmanager
def address_held(email: str) -> Iterator[None]:
    with transaction.atomic():
        hold_address(email)
        yield


def meet(team: Team, *acts: Callable[[], object]) -> list[object]:
    """Let all act once every one of them waits for the team's row, in the order given. Returns their outcomes."""
    return meet_at(row_of_team_held(team), *acts)


def meet_at(held: AbstractContextManager[None], *acts: Callable[[], object]) -> list[object]:
    """The same, for whatever `held` holds."""
    actors = []
    with held:
        for number, act in enumerate(acts, start=1):
            actor = Actor(act)
            actors.append(actor)
            actor.start()
            until_waiting(actor, number=number)
    for actor in actors:
        actor.join(PATIENCE_SECONDS)
    return [actor.outcome for actor in actors]

"""One row of a push on its way: what is said of it, what is there, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nozbe.sync.push.standing import Seat, Stored
from nozbe.sync.tables import SyncedTable

if TYPE_CHECKING:
    from accounts.models import Account

Deed = Callable[["Account"], object]
"""Something done by a verb of the model, which may refuse it."""


@dataclass(eq=False)
class Row:
    table: SyncedTable
    id: str
    raw: dict[str, Any]
    """As the client says it; of a row that is there, only what is not there already."""

    said: dict[str, Any]
    """Of that, what it may say, and what will do."""

    stored: Stored | None
    place: Seat | None = None
    """The person's seat where it is; of rows that are not for them, none."""

    changes: dict[str, Any] = field(default_factory=dict)
    """Columns of the wire that are to be written."""

    later: list[Deed] = field(default_factory=list)
    """What is done once everything is written."""

    removed: bool = False
    wrong: bool = False
    """Whether the client shows something else than what will be there."""

    @property
    def seat(self) -> Seat:
        assert self.place is not None
        return self.place

    @property
    def team(self) -> str:
        """Of a row that is there."""
        assert self.stored is not None
        return self.stored.team

    @property
    def is_new(self) -> bool:
        return self.stored is None

    def was(self, column: str) -> Any:
        return None if self.stored is None else self.stored.told[column]

    def will_be(self, column: str) -> Any:
        """None also for what a new row does not say."""
        return self.changes[column] if column in self.changes else self.was(column)

    def leave(self, *columns: str) -> None:
        """What is said of them is not done."""
        for column in columns:
            if column in self.changes:
                del self.changes[column]
                self.wrong = True

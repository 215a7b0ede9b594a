"""Where two rows cannot stand beside each other: what is there already stays, and who came later hears of it.

Two devices that put the same tag on the same task, each without a network, made two rows of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from nozbe.encryption.opening import open_all
from nozbe.sync.push.row import Row
from nozbe.sync.push.standing import Standing
from nozbe.sync.tables import SyncedTable
from tasks.models.comment import MOST_REACTIONS
from tasks.models.reminder import MOST

ONCE = {
    # On the wire, in the database
    "project_members": (("project_id", "member_id"), ("project_id", "membership_id")),
    "favourites": (("project_id",), ("project_id",)),
    "task_tags": (("task_id", "tag_id"), ("task_id", "tag_id")),
    "priorities": (("task_id",), ("task_id",)),
    "reactions": (("comment_id", "emoji"), ("comment_id", "emoji")),
}
"""Of one's own, for what is each member's own."""

LIMITED = {"reactions": ("comment_id", MOST_REACTIONS), "reminders": ("task_id", MOST)}


@dataclass
class Kept:
    rows: list[Row]
    winners: set[str] = field(default_factory=set)
    """IDs of those that are there instead of others."""


class Clashes:
    def __init__(self, table: SyncedTable, standing: Standing) -> None:
        self.table = table
        self.standing = standing

    def without_losers(self, new: Sequence[Row], leaving: Iterable[Row]) -> Kept:
        """Of new rows, those that there is room for. The others are marked as wrong."""
        if not new or self.table.name not in ONCE.keys() | LIMITED.keys():
            return Kept(list(new))
        gone = {row.id for row in leaving if row.removed}
        there = [each for each in self._there(new) if each.pk not in gone]
        return self._limited(self._once(new, there), there)

    def _there(self, new: Sequence[Row]) -> list[Any]:
        """All of one's own, or of everybody's, on the same parents."""
        model: Any = apps.get_model(self.table.model)
        parent = ONCE[self.table.name][0][0] if self.table.name in ONCE else LIMITED[self.table.name][0]
        rows = model._base_manager.filter(**{f"{parent}__in": {row.said[parent] for row in new}})
        if self.table.name == "reactions":
            return open_all(rows.filter(author=self.standing.account))
        if self.table.name not in ("task_tags", "project_members"):
            rows = rows.filter(membership__in=[seat.membership for seat in self.standing.seats.values()])
        return list(rows)

    def _once(self, new: Sequence[Row], there: Iterable[Any]) -> Kept:
        kept = Kept([])
        if self.table.name not in ONCE:
            return Kept(list(new))
        wire, columns = ONCE[self.table.name]
        known = {tuple(getattr(each, name) for name in columns): each.pk for each in there}
        for row in new:
            key = tuple(row.said[name] for name in wire)
            if key in known:
                row.wrong = True
                kept.winners.add(known[key])
            else:
                known[key] = row.id
                kept.rows.append(row)
        return kept

    def _limited(self, kept: Kept, there: Iterable[Any]) -> Kept:
        if self.table.name not in LIMITED:
            return kept
        column, most = LIMITED[self.table.name]
        count = Counter(getattr(each, column) for each in there)
        rows = []
        for row in kept.rows:
            count[row.said[column]] += 1
            if count[row.said[column]] > most:
                row.wrong = True
            else:
                rows.append(row)
        return Kept(rows, kept.winners)

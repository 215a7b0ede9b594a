"""Search in what is sealed: the database cannot, so rows are opened here, newest first, until enough are found.

No index of words is kept anywhere: it would tell what is sealed. So the work of one search is bounded, and where it
stopped the next one goes on. What is looked for is written nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import CharField, F, Q, QuerySet, Value

from accounts.models import Account
from nozbe.encryption.opening import open_values
from tasks.models import ChecklistItem, Comment, Project, Section, Tag, Task
from tasks.words import excerpt, has_all

CHUNK = 500
"""Rows that are read at a time."""

MOST_OPENED = 20_000
"""Values that one search opens, and no more than a chunk beyond MOST_SIGNS characters of them."""

MOST_SIGNS = 5_000_000


@dataclass(frozen=True)
class Kind:
    """One kind of thing that is found, by the text in one of its columns."""

    model: type[Project | Section | Task | Comment | ChecklistItem | Tag]
    project: str | None = None
    task: str | None = None
    """Ways to what it is in; None for what is in nothing of that sort."""

    column: str = "name"
    over: tuple[str, ...] = ()
    """Columns of which each says that it is over, itself or with what it is in."""

    def rows(self, account: Account, *, team: str, ended: bool) -> QuerySet[Any]:
        """What the person may see of it now and that is not in the trash; without what is over, unless `ended`."""
        rows: QuerySet[Any] = self.model.objects.visible_to(account).live().filter(team=team)
        return rows if ended else rows.filter(**{f"{column}__isnull": True for column in self.over})


def _over(way: str) -> tuple[str, ...]:
    return tuple(f"{way}{column}" for column in ("ended_at", "abandoned_at", "project__ended_at"))


KINDS = {
    "project": Kind(Project, over=("ended_at",)),
    "section": Kind(Section, "project", over=("project__ended_at",)),
    "task": Kind(Task, "project", over=_over("")),
    "comment": Kind(Comment, "task__project", "task", "body", over=_over("task__")),
    "checklist_item": Kind(ChecklistItem, "task__project", "task", over=("ended_at", *_over("task__"))),
    "tag": Kind(Tag),
}
"""In the order in which they are found."""


NOWHERE = Value(None, output_field=CharField())


class Place(NamedTuple):
    """The row after which a search goes on."""

    kind: str
    created_at: datetime
    pk: str


class Found(NamedTuple):
    place: Place
    project: str | None
    task: str | None
    text: str


@dataclass
class Search:
    """One look through a team, by somebody who is a member of it. `words` as `words_of` made them."""

    account: Account
    team: str
    words: Sequence[str]
    kinds: Sequence[str] = tuple(KINDS)
    ended: bool = True
    _opened: int = field(default=0, init=False)
    _signs: int = field(default=0, init=False)

    def run(self, *, limit: int, after: Place | None) -> tuple[list[Found], Place | None]:
        """At most `limit`, by kind, each newest first; and after which row to go on, None when that was all.

        There may be fewer than `limit` although there are more: then as much was opened as one search may.
        """
        found: list[Found] = []
        seen = after
        for chunk in self._chunks(after):
            for row in chunk:
                if has_all(row.text, self.words):
                    if len(found) == limit:
                        return found, found[-1].place
                    found.append(row)
                seen = row.place
            if self._opened >= MOST_OPENED or self._signs >= MOST_SIGNS:
                return found, seen
        return found, None

    def _chunks(self, after: Place | None) -> Iterator[list[Found]]:
        names = [name for name in KINDS if name in self.kinds]
        if after is not None:
            names = names[names.index(after.kind) :]
        for name in names:
            place = after if after is not None and after.kind == name else None
            while chunk := self._read(name, place):
                yield chunk
                if len(chunk) < CHUNK:
                    break
                place = chunk[-1].place

    def _read(self, name: str, after: Place | None) -> list[Found]:
        """The next rows of one kind, opened: one query."""
        kind = KINDS[name]
        rows = kind.rows(self.account, team=self.team, ended=self.ended)
        if after is not None:
            older = Q(created_at__lt=after.created_at)
            rows = rows.filter(older | Q(created_at=after.created_at, pk__lt=after.pk))
        ways = [F(way) if way else NOWHERE for way in (kind.project, kind.task)]
        read = list(rows.order_by("-created_at", "-pk").values_list("created_at", "pk", *ways, kind.column)[:CHUNK])
        values = [(self.team, pk, sealed) for _at, pk, _project, _task, sealed in read]
        texts = open_values(kind.model, kind.column, values)
        self._opened += len(texts)
        self._signs += sum(map(len, texts))
        return [
            Found(Place(name, at, pk), project, task, text)
            for (at, pk, project, task, _sealed), text in zip(read, texts, strict=True)
        ]


def shown(found: Found, words: Sequence[str]) -> str:
    """A name as it is; of a comment the part around what was found."""
    return excerpt(found.text, words) if KINDS[found.place.kind].column == "body" else found.text

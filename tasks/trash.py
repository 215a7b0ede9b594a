"""What lies in a team's trash: rows of all kinds that somebody threw away themselves, in one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import BooleanField, Case, CharField, F, Q, QuerySet, Value, When

from accounts.models import Account
from nozbe.encryption.opening import open_values
from tasks.models import ChecklistItem, Comment, Project, ProjectGroup, Section, Tag, Task
from tasks.words import excerpt


@dataclass(frozen=True)
class Kind:
    model: type[Any]
    project: str | None = None
    task: str | None = None
    column: str = "name"


KINDS = {
    "project": Kind(Project),
    "project_group": Kind(ProjectGroup),
    "section": Kind(Section, "project_id"),
    "task": Kind(Task, "project_id"),
    "comment": Kind(Comment, "task__project_id", "task_id", "body"),
    "checklist_item": Kind(ChecklistItem, "task__project_id", "task_id"),
    "tag": Kind(Tag),
}


class Place(NamedTuple):
    trashed_at: datetime
    pk: str


@dataclass(frozen=True)
class Entry:
    kind: str
    place: Place
    project: str | None
    task: str | None
    text: str
    restorable: bool
    """Whether nothing that it hangs on is in the trash, too."""

    @property
    def purged_at(self) -> datetime:
        return self.place.trashed_at + timedelta(days=settings.TRASH_RETENTION_DAYS)


@dataclass(frozen=True)
class Trash:
    """Of one team, for somebody in it."""

    account: Account
    team: str

    def read(self, *, limit: int, after: Place | None) -> tuple[list[Entry], Place | None]:
        """At most `limit`, newest first, and after which to go on; None when those were all. One query."""
        first, *others = (
            self._rows(name, kind, after).order_by("-gone", "-row")[: limit + 1] for name, kind in KINDS.items()
        )
        rows = list(first.union(*others, all=True).order_by("-gone", "-row")[: limit + 1])
        entries = self._opened(rows[:limit])
        return entries, entries[-1].place if len(rows) > limit else None

    def _rows(self, name: str, kind: Kind, after: Place | None) -> QuerySet[Any]:
        rows = kind.model.objects.visible_to(self.account).filter(team=self.team, trashed_at__isnull=False)
        if after is not None:
            older = Q(trashed_at__lt=after.trashed_at)
            rows = rows.filter(older | Q(trashed_at=after.trashed_at, pk__lt=after.pk))
        above = Q()
        for way in kind.model.HANGS_ON:
            above |= Q(**{f"{way}__trashed_at__isnull": False})
        restorable: Any = Value(True)
        if above:
            restorable = Case(When(above, then=Value(False)), default=Value(True), output_field=BooleanField())
        columns = {
            "kind": Value(name, output_field=CharField()),
            "gone": F("trashed_at"),
            "row": F("pk"),
            "project_of": F(kind.project) if kind.project else Value(None, output_field=CharField()),
            "task_of": F(kind.task) if kind.task else Value(None, output_field=CharField()),
            "restorable": restorable,
            "sealed": F(kind.column),
        }
        return rows.annotate(**columns).values_list(*columns)  # type: ignore[no-any-return]  # Any: of a model not known here

    def _opened(self, rows: Sequence[tuple[Any, ...]]) -> list[Entry]:
        texts: dict[tuple[str, str], str] = {}
        for name, kind in KINDS.items():
            keys = [(row[0], row[2]) for row in rows if row[0] == name]
            values = [(self.team, row[2], row[6]) for row in rows if row[0] == name]
            texts |= zip(keys, open_values(kind.model, kind.column, values), strict=True) if keys else {}
        return [
            Entry(name, Place(at, pk), project, task, excerpt_of(name, texts[name, pk]), restorable)
            for name, at, pk, project, task, restorable, _sealed in rows
        ]


def excerpt_of(name: str, text: str) -> str:
    """A name as it is; of a comment its beginning."""
    return excerpt(text) if name == "comment" else text

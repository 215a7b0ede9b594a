"""What happened in a team, as far as one may see what it happened to: read from the record, which keeps IDs and verbs.

What is private to a person (reminders, stars, favourites) happened to nobody else, and is not told even to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Account, Role, Team
from nozbe.audit import Verb
from nozbe.audit.models import Event
from tasks.models import ChecklistItem, Comment, Project, ProjectGroup, Section, Tag, Task

CHUNK = 250
"""Events that are read at a time; more than a page has."""

MOST_READ = 5_000
"""Of one request: a guest may see little of what happens in a busy team."""

MODELS: dict[str, type[Any]] = {
    model.NOUN: model for model in (Project, ProjectGroup, Section, Task, Comment, ChecklistItem, Tag)
}
OF_THE_TEAM = ("team", "member")
"""Told to all but guests."""

PRIVATE = frozenset(
    {
        Verb.TASK_STARRED,
        Verb.TASK_UNSTARRED,
        Verb.TASK_STAR_PLACED,
        Verb.PROJECT_MADE_FAVOURITE,
        Verb.PROJECT_MADE_ORDINARY,
    }
)
OF_A_PROJECT = {"project": "pk", "section": "project", "task": "project"} | {
    "comment": "task__project",
    "checklist_item": "task__project",
}
"""Kind → the way to its project."""

OF_A_TASK = {"task": "pk", "comment": "task", "checklist_item": "task"}


def kind_of(verb: str) -> str:
    return verb.partition(".")[0]


def verbs_of(*kinds: str) -> list[str]:
    """All that is told of these kinds."""
    return [verb.value for verb in Verb if kind_of(verb) in kinds and verb not in PRIVATE]


@dataclass(frozen=True)
class Activity:
    """Of one team, for somebody in it with this role."""

    account: Account
    team: Team
    role: Role
    project: str | None = None
    task: str | None = None
    since: datetime | None = None

    def read(self, *, limit: int, before: int | None) -> tuple[list[Event], int | None]:
        """At most `limit` events, newest first, and the one to go on from; None when those were all.

        There may be fewer than `limit` although there are more: then as many were read as one request may.
        """
        found: list[Event] = []
        for _ in range(MOST_READ // CHUNK):
            rows = self._events()
            chunk = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:CHUNK])
            for event in self._visible(chunk):
                if len(found) == limit:
                    return found, found[-1].pk
                found.append(event)
            # Numbers are given a moment before times are, so an older one may stand among those that are asked for.
            if len(chunk) < CHUNK or self._is_older(chunk[-1]):
                return found, None
            before = chunk[-1].pk
        return found, before

    def _events(self) -> QuerySet[Event]:
        kinds = MODELS.keys() if self.role == Role.GUEST else (*MODELS, *OF_THE_TEAM)
        rows = Event.objects.filter(team=self.team.pk, verb__in=verbs_of(*kinds))
        for pk, ways in ((self.project, OF_A_PROJECT), (self.task, OF_A_TASK)):
            if pk is not None:
                rows = rows.filter(self._in(pk, ways))
        return rows

    def _in(self, pk: str, ways: dict[str, str]) -> Q:
        """What happened to what is there now, or to itself, of what the person sees: of all else there is nothing to
        read through, which would tell that there is much.
        """
        condition = Q()
        for kind, way in ways.items():
            inside = MODELS[kind].objects.visible_to(self.account).filter(team=self.team.pk, **{way: pk})
            condition |= Q(verb__in=verbs_of(kind), object__in=inside.values("pk"))
        return condition

    def _visible(self, events: Sequence[Event]) -> list[Event]:
        """One query for each kind of thing that something happened to."""
        asked: dict[str, set[str]] = defaultdict(set)
        for event in events:
            if event.object is not None:
                asked[kind_of(event.verb)].add(event.object)
        seen = {kind: self._seen(kind, ids) for kind, ids in asked.items()}
        return [
            event for event in events if event.object in seen.get(kind_of(event.verb), ()) and not self._is_older(event)
        ]

    def _seen(self, kind: str, ids: set[str]) -> set[str]:
        if kind in OF_THE_TEAM:
            return ids
        rows = MODELS[kind].objects.visible_to(self.account).filter(team=self.team.pk, pk__in=ids)
        return set(rows.values_list("pk", flat=True))

    def _is_older(self, event: Event) -> bool:
        return self.since is not None and event.at < self.since

"""The list of tasks is SQL written by hand. It says what the models say, to each of the cast."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import Account
from nozbe.errors import DomainError
from tasks.models import Project, Section, Tag, Task
from tasks.models.recurring import Repetition
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, PEOPLE, STRANGER, the_strangers_team, the_team

DUE = Q(due_on__isnull=False) | Q(due_at__isnull=False)

FILTERS = {
    "": Q(),
    "ended=true": Q(ended_at__isnull=False),
    "ended=false": Q(ended_at__isnull=True),
    "abandoned=true": Q(abandoned_at__isnull=False),
    "single=true": Q(project__single_of__isnull=False),
    "single=false": Q(project__single_of__isnull=True),
    "unassigned=true": Q(responsible__isnull=True),
    "recurring=true": ~Q(recurrence_rule=""),
    "has_due_date=true": DUE,
    "has_due_date=false&ended=false": ~DUE & Q(ended_at__isnull=True),
}
"""What is asked → what the models call it."""


@pytest.fixture
def mess(db) -> None:
    """Projects, tasks, tags and series here and there, and people who see some of it."""
    chance = random.Random(5)
    team = the_team()
    people = [person.account() for person in (OWNER, ADMIN, MEMBER)]
    elsewhere = Project.objects.make(the_strangers_team(), by=STRANGER.account(), name="Elsewhere")
    Task.objects.make(elsewhere, by=STRANGER.account(), name="Elsewhere")
    for number in range(8):
        by = chance.choice(people)
        project = Project.objects.make(team, by=by, name="P", is_open=number % 2 == 0)
        for person in (*people, GUEST.account()):
            if chance.random() < 0.4:
                project.share(person.pk, by=by)
        section = Section.objects.make(project, by=by, name="S")
        tags = [Tag.objects.make(team, by=by, name="T", private=private) for private in (True, False)]
        for _ in range(5):
            given: dict[str, Any] = {"section_id": chance.choice([None, section.pk])}
            if chance.random() < 0.5:
                given |= {"due_on": "2026-05-04", "recurrence": Repetition("FREQ=DAILY", "schedule", "UTC")}
            task = Task.objects.make(project, by=by, name="N", tags=[tag.pk for tag in tags], **given)
            for verb in ("complete_occurrence", "abandon", "trash"):
                if chance.random() < 0.3:
                    with suppress(DomainError, ValidationError):
                        getattr(task, verb)(by=by)
        if chance.random() < 0.3:
            section.trash(by=by)
        if chance.random() < 0.2:
            project.trash(by=by)
        chance.choice(tags).trash(by=by)
    for copy in Task.objects.filter(series__isnull=False)[:5]:  # the series goes where not everybody follows
        with suppress(DomainError, ValidationError):
            copy.series.change(by=copy.author, project=Project.objects.filter(is_open=False).first())
    single = Project.objects.single_tasks_of(team.pk, by=MEMBER.account())
    Task.objects.make(single, by=MEMBER.account(), name="Mine")


def listed(caller: Caller, query: str) -> list[dict[str, Any]]:
    answer = caller.get(f"tasks?limit=200&{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def named_by_the_models(account: Account, query: str) -> list[str]:
    rows = Task.objects.visible_to(account).filter(FILTERS[query.removesuffix("&trashed=true").strip("&")])
    rows = rows.in_trash() if "trashed=true" in query else rows.live()
    return list(rows.order_by("created_at", "pk").values_list("pk", flat=True))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.role)
def test_everybody_gets_the_tasks_that_the_models_give_them(mess, person):
    account = person.account()
    caller = Caller(account)
    for wanted in FILTERS:
        for query in (wanted, f"{wanted}&trashed=true"):
            assert [row["id"] for row in listed(caller, query)] == named_by_the_models(account, query), query


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.role)
def test_the_list_says_of_each_task_what_the_task_says_itself(mess, person):
    caller = Caller(person.account())
    rows = listed(caller, "") + listed(caller, "trashed=true")
    assert rows
    for row in rows:
        assert row == caller.get(f"tasks/{row['id']}").json()

"""A task that moves to another project has nobody responsible there who does not work there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, the_team
from tests.tasks.busy import done, made
from tests.tasks.kept import listed


@pytest.fixture
def project(owner, team) -> str:
    return made(owner.post("projects", {"team": team, "name": "Project"}))


@pytest.fixture
def private(owner, team) -> str:
    """With OWNER and ADMIN in it, and GUEST, who does not work."""
    members = [ADMIN.account().pk, GUEST.account().pk]
    return made(owner.post("projects", {"team": team, "name": "Private", "is_open": False, "members": members}))


def move(owner, tasks: list[str], many: bool, **given) -> None:
    if many:
        done(owner.post("tasks/changes", {"tasks": tasks, "set": given}))
    else:
        for task in tasks:
            done(owner.patch(f"tasks/{task}", given))


def verbs(owner, team: str, task: str) -> list[str]:
    return [event["verb"] for event in done(owner.get(f"teams/{team}/activity?task={task}"))["results"]]


@pytest.mark.parametrize("many", [False, True])
def test_whoever_does_not_work_there_is_not_responsible_any_more(owner, team, project, private, many):
    people = {person: person.account().pk for person in (OWNER, ADMIN, MEMBER)}
    tasks = {
        person: made(owner.post("tasks", {"project": project, "name": "Task", "responsible": pk}))
        for person, pk in people.items()
    }
    unassigned = made(owner.post("tasks", {"project": project, "name": "Task"}))
    move(owner, [*tasks.values(), unassigned], many, project=private)
    found = {row["id"]: row["responsible"] for row in listed(owner, "tasks", f"project={private}")}
    assert found == {tasks[OWNER]: people[OWNER], tasks[ADMIN]: people[ADMIN], tasks[MEMBER]: None, unassigned: None}
    assert verbs(owner, team, tasks[MEMBER]) == ["task.moved", "task.changed", "task.made"]
    for task in (tasks[OWNER], tasks[ADMIN], unassigned):
        assert verbs(owner, team, task) == ["task.moved", "task.made"]


@pytest.mark.parametrize("many", [False, True])
def test_who_sees_it_and_does_not_work_is_not_responsible_there(owner, team, project, private, many):
    member = MEMBER.account().pk
    done(owner.post(f"projects/{private}/members", {"account": member}))
    task = made(owner.post("tasks", {"project": project, "name": "Task", "responsible": member}))
    the_team().change_role(member, Role.GUEST, by=OWNER.account())
    move(owner, [task], many, project=private)
    assert done(owner.get(f"tasks/{task}"))["responsible"] is None


@pytest.mark.parametrize("many", [False, True])
def test_who_is_named_on_the_way_must_work_there(owner, project, private, many):
    task = made(owner.post("tasks", {"project": project, "name": "Task", "responsible": MEMBER.account().pk}))
    body = {"project": private, "responsible": MEMBER.account().pk}
    changes = {"tasks": [task], "set": body}
    answer = owner.post("tasks/changes", changes) if many else owner.patch(f"tasks/{task}", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "responsible")
    assert done(owner.get(f"tasks/{task}"))["project"] == project
    move(owner, [task], many, project=private, responsible=ADMIN.account().pk)
    assert done(owner.get(f"tasks/{task}"))["responsible"] == ADMIN.account().pk


@pytest.mark.parametrize("many", [False, True])
def test_within_a_project_nobody_loses_a_task(owner, team, project, many):
    member = MEMBER.account().pk
    task = made(owner.post("tasks", {"project": project, "name": "Task", "responsible": member}))
    the_team().change_role(member, Role.GUEST, by=OWNER.account())
    section = made(owner.post("sections", {"project": project, "name": "Section"}))
    move(owner, [task], many, section=section)
    assert done(owner.get(f"tasks/{task}"))["responsible"] == member


def test_moving_many_asks_the_database_as_often_as_moving_one(owner, project, private):
    body = {"project": project, "name": "Task", "responsible": MEMBER.account().pk}
    tasks = [made(owner.post("tasks", body)) for _ in range(12)]

    def asked(ids: list[str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            move(owner, ids, many=True, project=private)
        return len(queries)

    asked(tasks[:1])
    assert asked(tasks[1:2]) == asked(tasks[2:])

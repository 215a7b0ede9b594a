"""What becomes of what a client pushes."""

from __future__ import annotations

import pytest

from nozbe.sync.models import Correction
from nozbe.sync.tables import BY_NAME
from tasks.models import Comment, Project, Section, Tag, Task
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, the_strangers_team, the_team
from tests.sync.copies import Copy, fresh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(db):
    return the_team()


@pytest.fixture
def project(team) -> Project:
    return Project.objects.make(team, by=OWNER.account(), name="House")


@pytest.fixture
def task(project) -> Task:
    return Task.objects.make(project, by=OWNER.account(), name="Paint it")


@pytest.fixture
def copy(task) -> Copy:
    return pulled(MEMBER)


def pulled(person) -> Copy:
    copy = Copy(Caller(person.account()))
    copy.pull()
    return copy


def id_of(table: str) -> str:
    return table.replace("_", "").ljust(16, "0")


def test_a_changed_name_arrives(copy, task):
    copy.write("tasks", task.pk, name="Paint it blue")
    assert copy.push() == 200
    task.refresh_from_db()
    assert task.name == "Paint it blue"
    copy.check()


def test_new_rows_of_every_table_arrive(copy, team, project, task):
    membership = team.memberships.get(account=GUEST.account())
    made = {
        "project_groups": {"team_id": team.pk, "name": "Homes"},
        "projects": {"team_id": team.pk, "name": "Garden", "group_id": "projectgroups000", "is_open": False},
        "project_members": {"project_id": "projects00000000", "member_id": membership.pk},
        "favourites": {"project_id": "projects00000000"},
        "sections": {"project_id": "projects00000000", "name": "Beds"},
        "tags": {"team_id": team.pk, "name": "Green", "colour": "green", "is_private": True},
        "tasks": {
            "project_id": "projects00000000", "section_id": "sections00000000", "name": "Dig",
            "responsible_id": MEMBER.account().pk, "due_at": 86_400_000 * 20_000 + 5, "is_all_day": True,
            "time_needed_minutes": 30,
        },
        "comments": {"task_id": "tasks00000000000", "body": "Deep"},
        "reactions": {"comment_id": "comments00000000", "emoji": "👍"},
        "checklist_items": {"task_id": "tasks00000000000", "comment_id": "comments00000000", "name": "Spade"},
        "task_tags": {"task_id": "tasks00000000000", "tag_id": "tags000000000000"},
        "reminders": {"task_id": "tasks00000000000", "minutes_before": 15},
        "priorities": {"task_id": "tasks00000000000"},
    }  # fmt: skip
    assert made.keys() == {name for name, table in BY_NAME.items() if table.written}
    for table, columns in made.items():
        copy.write(table, id_of(table), **columns)
    assert copy.push() == 200
    assert not Correction.objects.exists()
    copy.check()
    for table, columns in made.items():
        there = copy.rows[table][id_of(table)]
        assert {name: there[name] for name in columns} == columns | (
            {"due_at": 1_728_000_000_000} if "due_at" in columns else {}
        )

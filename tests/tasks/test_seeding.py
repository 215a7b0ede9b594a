"""The example team has work that looks like life, and nobody's own work is ever added to."""

from __future__ import annotations

import json
import time

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Role, Team
from nozbe.encryption.models import Keyring
from nozbe.encryption.opening import open_all
from tasks.models import (
    ChecklistItem,
    Comment,
    Favourite,
    Priority,
    Project,
    ProjectGroup,
    Reaction,
    Reminder,
    Section,
    Tag,
    Task,
)
from tasks.seeding import fill
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, the_team
from tests.keys import ready_keyring

pytestmark = pytest.mark.django_db

PEOPLE = {"owner": OWNER, "admin": ADMIN, "member": MEMBER, "guest": GUEST}


@pytest.fixture
def people():
    return {role: person.account() for role, person in PEOPLE.items()}


def everything():
    """Of all work, how many rows, and what was recorded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'tasks_%'")
        tables = sorted(name for (name,) in cursor.fetchall())
        counts = {}
        for table in [*tables, "audit.event"]:
            cursor.execute(f"SELECT count(*), max(id::text) FROM {table}")
            counts[table] = cursor.fetchone()
    return counts


def test_the_example_team_gets_a_bit_of_everything(people):
    team = the_team()
    assert fill(team, people) is True
    projects = Project.objects.listed().filter(team=team)
    assert projects.count() == 6
    assert projects.filter(is_open=False).count() == 1
    assert projects.filter(ended_at__isnull=False).count() == 1
    assert projects.values("colour").distinct().count() == 6
    assert Project.objects.filter(team=team, single_of__isnull=False).count() == 3
    assert ProjectGroup.objects.count() == 2
    assert Favourite.objects.values("membership").distinct().count() == 3
    assert 55 <= Task.objects.filter(series__isnull=True).count() <= 75
    assert Task.objects.exclude(recurrence_rule="").count() >= 5
    assert Task.objects.filter(series__isnull=False, ended_at__isnull=False).count() >= 4
    assert Task.objects.filter(abandoned_at__isnull=False).count() == 1
    assert Task.objects.filter(due_at__isnull=False).exists()
    assert Tag.objects.filter(private_to__isnull=False).count() == 2
    assert Comment.objects.filter(pinned_at__isnull=False).count() == 2
    assert Comment.objects.values("author").distinct().count() == 4
    assert {row.emoji for row in open_all(Reaction.objects.all())} >= {"👍", "❤️"}
    assert ChecklistItem.objects.filter(comment__isnull=False).count() == 3
    assert Priority.objects.count() == 8
    assert Reminder.objects.count() == 4
    assert Section.objects.filter(archived_at__isnull=False).count() == 1
    for model in (Task, Section, Comment, Tag):
        assert model.objects.entries().exists(), model


def test_each_sees_their_own_part_of_it(people):
    fill(the_team(), people)

    def names(role):
        return {row.name for row in open_all(Project.objects.visible_to(people[role]).listed())}

    assert names("guest") == {"Bakery rebrand: Złoty Kłos"}
    assert len(names("owner")) == len(names("admin")) == 6
    assert names("owner") - names("member") == {"Hiring a junior designer"}


def test_filling_again_adds_nothing(people):
    team = the_team()
    fill(team, people)
    before = everything()
    assert fill(team, people) is False
    assert everything() == before


def test_a_team_with_work_of_its_own_is_left_alone(people):
    team = the_team()
    Project.objects.make(team, by=people["owner"], name="Our own").trash(by=people["owner"])
    before = everything()
    assert fill(team, people) is False
    assert everything() == before


def test_it_is_there_in_a_moment(people):
    """Counted in what it asks and in time of its own: how fast others let us be is another matter."""
    team = the_team()
    started = time.process_time()
    with CaptureQueriesContext(connection) as context:
        fill(team, people)
    assert time.process_time() - started < 3
    assert len(context) < 2500


def test_seeding_twice_leaves_one_team_with_one_lot_of_work(tmp_path):
    for _ in range(5):
        ready_keyring(Keyring.ACCOUNT)
    ready_keyring(Keyring.TEAM)
    credentials = tmp_path / "credentials.json"
    call_command("seed", people=True, credentials=credentials)
    assert set(json.loads(credentials.read_text())) >= {OWNER.email, GUEST.email}
    before = everything()
    assert Project.objects.listed().count() == 6
    call_command("seed", people=True, credentials=credentials)
    assert everything() == before
    assert Team.objects.count() == 1


def test_a_team_whose_people_have_other_roles_by_now_gets_nothing(tmp_path, people):
    team = the_team()
    team.change_role(people["member"].pk, Role.GUEST, by=people["owner"])
    ready_keyring(Keyring.ACCOUNT)
    call_command("seed", people=True, credentials=tmp_path / "credentials.json")
    assert Account.objects.count() == 5
    assert not Project.objects.exists()

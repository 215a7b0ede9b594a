"""A database that was copied into another cluster, whose transactions have lower numbers."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from nozbe.sync import restamping
from nozbe.sync.models import Cursor, Departure
from nozbe.sync.tables import SYNCED
from tasks.models import Comment, Project, Task
from tests.api.caller import Caller
from tests.cast import MEMBER, OWNER, the_team
from tests.conftest import as_owner
from tests.sync.copies import Copy

pytestmark = pytest.mark.django_db(transaction=True)

AHEAD = 10**15


def ahead() -> int:
    counts = []
    with connection.cursor() as cursor:
        for table in [*(table.db_table for table in SYNCED), "sync_departure"]:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE version > pg_current_xact_id()")
            counts.append(cursor.fetchone()[0])
    return sum(counts)


@pytest.fixture
def copied(db) -> Task:
    """As a dump leaves it: every stamp is a number that this cluster is far from."""
    project = Project.objects.make(the_team(), by=OWNER.account(), name="House")
    tasks = [Task.objects.make(project, by=OWNER.account(), name=f"{number}") for number in range(4)]
    Comment.objects.make(tasks[0], by=OWNER.account(), body="Said")
    Task.objects.filter(pk=tasks.pop().pk).delete()
    with as_owner(), connection.cursor() as cursor:
        for table in [*(table.db_table for table in SYNCED), "sync_departure"]:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            second = f", visibility_version = '{AHEAD}'" if table in restamping.VISIBLE else ""
            cursor.execute(f"UPDATE {table} SET version = '{AHEAD}'{second}")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return Task.objects.get(pk=tasks[0].pk)


def test_a_push_after_a_copy_is_a_conflict_for_ever_and_not_after_restamping(copied, monkeypatch):
    copy = Copy(Caller(MEMBER.account()))
    for _ in range(2):
        copy.pull()
        copy.write("tasks", copied.pk, name="Paint it")
        assert copy.push() == 409
    monkeypatch.setattr(restamping, "BATCH_SIZE", 2)
    call_command("restamp_sync", stdout=(said := StringIO()))
    assert "tasks_task: 3 rows stamped" in said.getvalue()
    assert ahead() == 0
    assert Task.objects.get(pk=copied.pk).changed_at == copied.changed_at, "nobody changed it"
    assert copy.push() == 409, "its cursor is forgotten"
    copy.pull()
    assert copy.push() == 200
    copy.check()
    assert Departure.objects.filter(gone=True).exists(), "what is gone stays gone"


def test_restamping_goes_on_where_it_was_killed(copied, monkeypatch):
    monkeypatch.setattr(restamping, "BATCH_SIZE", 2)
    before = ahead()
    steps = restamping.restamp()
    next(steps)
    steps.close()
    assert 0 < ahead() < before
    call_command("restamp_sync", stdout=StringIO())
    assert ahead() == 0


def test_restamping_what_is_right_changes_nothing_but_the_cursors(copied):
    call_command("restamp_sync", stdout=StringIO())
    Copy(Caller(MEMBER.account())).pull()
    stamps = list(Task.objects.raw("SELECT id, version::text AS stamp FROM tasks_task ORDER BY id"))
    call_command("restamp_sync", stdout=StringIO())
    again = list(Task.objects.raw("SELECT id, version::text AS stamp FROM tasks_task ORDER BY id"))
    assert [task.stamp for task in again] == [task.stamp for task in stamps]
    assert not Cursor.objects.exists()

"""What a pull takes and refuses, and the form of what it answers."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nozbe.sync import cursors
from nozbe.sync.jobs import forget_old_cursors
from nozbe.sync.models import Cursor, Departure, Resync
from nozbe.sync.tables import BY_NAME, SYNCED
from tasks.models import Comment, Project, Task
from tests.api.caller import Caller
from tests.cast import MEMBER, OWNER, STRANGER, the_team
from tests.sync.copies import Copy, lint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(db):
    return the_team()


@pytest.fixture
def task(team) -> Task:
    project = Project.objects.make(team, by=OWNER.account(), name="House")
    return Task.objects.make(project, by=OWNER.account(), name="Paint it")


@pytest.fixture
def copy(task) -> Copy:
    copy = Copy(Caller(MEMBER.account()))
    copy.pull()
    return copy


def said(answer):
    assert answer.status_code == 200, answer.content
    body = json.loads(answer.getvalue())
    lint(body, first=False)
    return body


@pytest.mark.parametrize("never", ["", "null", "undefined", "0", "0.0"])
def test_whoever_never_pulled_gets_everything(task, never):
    body = said(Caller(MEMBER.account()).get(f"sync?last_pulled_at={never}"))
    assert [row["name"] for row in body["changes"]["tasks"]["updated"]] == ["Paint it"]
    assert body["changes"].keys() == BY_NAME.keys()
    assert "experimentalStrategy" not in body


@pytest.mark.parametrize("cursor", ["1", str(2**53 - 1), str(2**53), "9" * 400, "-5", "17.5"])
def test_an_unknown_cursor_is_answered_with_everything_instead_of_what_was_there(task, cursor):
    body = said(Caller(MEMBER.account()).get(f"sync?last_pulled_at={cursor}"))
    assert body["experimentalStrategy"] == "replacement"
    assert body["changes"].keys() == BY_NAME.keys()


def test_somebody_elses_cursor_is_an_unknown_one(copy):
    body = said(Caller(OWNER.account()).get(f"sync?last_pulled_at={copy.cursor}"))
    assert body["experimentalStrategy"] == "replacement"


def test_a_fraction_is_cut_off(copy):
    assert said(copy.caller.get(f"sync?last_pulled_at={copy.cursor}.75"))["timestamp"] == copy.cursor


@pytest.mark.parametrize("cursor", ["yesterday", "1e9", "0x10", "١٢"[:1] + "x", "%00", "1 2"])
def test_what_is_no_cursor_is_refused(copy, cursor):
    answer = copy.caller.get(f"sync?last_pulled_at={cursor}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "last_pulled_at"


@pytest.mark.parametrize("version", ["2", "99999999999", "-1", "one"])
def test_a_schema_that_we_do_not_know_gets_everything_anew(copy, version):
    body = said(copy.caller.get(f"sync?last_pulled_at={copy.cursor}&schema_version={version}"))
    assert body["experimentalStrategy"] == "replacement"


def test_a_new_table_comes_whole_and_the_others_as_ever(copy, task):
    Comment.objects.make(task, by=OWNER.account(), body="New")
    migration = json.dumps({"from": 1, "tables": ["tasks", "no_such", 7], "columns": []})
    body = said(copy.caller.get(f"sync?last_pulled_at={copy.cursor}&migration={migration}"))
    assert body["changes"].keys() == {"tasks", "comments"}
    columns = json.dumps({"from": 1, "tables": [], "columns": [{"table": "teams", "columns": ["name", "password"]}]})
    body = said(copy.caller.get(f"sync?last_pulled_at={body['timestamp']}&migration={columns}"))
    assert body["changes"].keys() == {"teams"}


@pytest.mark.parametrize("migration", ["{", "[]", "7", '{"from":1}', '{"tables":[],"columns":[3]}', "x" * 20_001])
def test_what_is_no_migration_is_refused(copy, migration):
    answer = copy.caller.get(f"sync?last_pulled_at={copy.cursor}&migration={migration}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "migration"


def test_the_answer_is_compressed_for_whoever_takes_that(task):
    caller = Caller(MEMBER.account())
    answer = caller.get("sync", Accept_Encoding="br, gzip;q=0.8")
    assert answer["Content-Encoding"] == "gzip"
    plain = caller.get("sync", Accept_Encoding="gzip;q=0")
    assert "Content-Encoding" not in plain
    assert json.loads(gzip.decompress(answer.getvalue()))["changes"] == json.loads(plain.getvalue())["changes"]
    assert answer["Cache-Control"] == "no-store, private"


def test_the_schema_is_the_ledger(db):
    schema = Caller(STRANGER.account()).get("sync/schema").json()
    assert [table["name"] for table in schema["tables"]] == [table.name for table in SYNCED]
    task = next(table for table in schema["tables"] if table["name"] == "tasks")
    assert {"name": "due_at", "type": "number", "isOptional": True, "isIndexed": False} in task["columns"]


def test_times_are_milliseconds_and_a_day_is_its_midnight_in_utc(copy, task):
    task.change(by=OWNER.account(), due_on="2026-05-04")
    copy.pull()
    row = copy.rows["tasks"][task.pk]
    assert (row["due_at"], row["is_all_day"]) == (1777852800000, True)
    task.refresh_from_db()
    task.change(by=OWNER.account(), due_on=None, due_at="2026-05-04T07:08:09.123Z")
    copy.pull()
    row = copy.rows["tasks"][task.pk]
    assert (row["due_at"], row["is_all_day"]) == (1777878489123, False)


def statements(caller: Caller, query: str) -> list[str]:
    """Those of the pull itself."""
    with CaptureQueriesContext(connection) as seen, counted(seen) as more:
        caller.get(f"sync?{query}").getvalue()
    return more


class counted:
    """psycopg's own cursors, which Django does not see."""

    def __init__(self, _seen: object) -> None:
        self.statements: list[str] = []

    def __enter__(self) -> list[str]:
        self.patch = pytest.MonkeyPatch()
        execute = psycopg.Cursor.execute

        def noted(cursor, query, *args, **options):
            self.statements.append(query)
            return execute(cursor, query, *args, **options)

        self.patch.setattr(psycopg.Cursor, "execute", noted)
        return self.statements

    def __exit__(self, *_why: object) -> None:
        self.patch.undo()


def test_a_pull_takes_as_many_statements_however_many_rows_and_teams(copy, task):
    def reads(query: str) -> int:
        return sum("SELECT" in text and "pg_snapshot" in text for text in statements(copy.caller, query))

    assert reads(f"last_pulled_at={copy.cursor}") == 2  # what one may see, what changed
    few = len(statements(copy.caller, "last_pulled_at=null"))
    for number in range(30):
        Comment.objects.make(task, by=OWNER.account(), body=f"{number}")
    assert len(statements(copy.caller, "last_pulled_at=null")) == few


def test_cursors_go_upwards_and_are_never_given_twice(copy, task, monkeypatch):
    monkeypatch.setattr(cursors, "_now", lambda: 4711)  # the clock went back
    account = MEMBER.account().pk
    assert cursors.store(account, "1:1:", after=copy.cursor) == copy.cursor + 1
    monkeypatch.setattr(cursors, "_now", iter([4711, 4711, 4712]).__next__)
    assert [cursors.store(account, "1:1:"), cursors.store(account, "1:1:")] == [4711, 4712]


def test_a_database_that_goes_away_during_a_pull_is_a_matter_of_a_moment(copy, monkeypatch):
    def gone(*_: object) -> None:
        raise psycopg.OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr("nozbe.sync.pulling.look", gone)
        answer = copy.caller.get(f"sync?last_pulled_at={copy.cursor}")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert copy.pull()["changes"] == {}


def test_a_cursor_that_was_forgotten_is_answered_with_everything(copy):
    Cursor.objects.all().delete()
    assert copy.pull()["experimentalStrategy"] == "replacement"


def test_what_is_kept_for_cursors_goes_after_them_and_tombstones_after_a_year(copy, task):
    gone = task.pk
    task.delete()
    copy.pull()
    Resync.objects.create(account_id=MEMBER.account().pk)
    assert forget_old_cursors() == 0

    def age(days: int) -> None:
        for model in (Cursor, Resync, Departure):
            model.objects.update(created_at=timezone.now() - timedelta(days=days))

    age(29)
    assert forget_old_cursors() == 0
    age(32)
    assert forget_old_cursors() == 3  # two cursors, a resync
    assert Departure.objects.get().row_id == gone
    age(366)
    assert forget_old_cursors() == 1
    assert copy.pull()["experimentalStrategy"] == "replacement"

"""A client that means harm, or is broken: nothing foreign changes, nothing is told, and it is never stuck."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import count

import pytest
from django.db import connection

from nozbe.sync.models import Correction, Departure, Resync
from nozbe.sync.push import pushing
from nozbe.sync.push.body import MOST_ROWS
from nozbe.sync.tables import BY_NAME, SYNCED
from tasks.models import Comment, Priority, Project, ProjectGroup, Section, Tag, Task
from tasks.models.checklist_item import ChecklistItem
from tasks.models.reminder import Reminder
from tests.api.caller import Caller
from tests.cast import GUEST, MEMBER, OWNER, STRANGER, the_strangers_team, the_team
from tests.sync.copies import Copy

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN = [table for table in SYNCED if table.written]
NOTHING = "n" * 16
DAILY = {
    "recurrence_rule": "FREQ=DAILY", "recurrence_mode": "schedule", "recurrence_time_zone": "UTC", "is_all_day": True,
    "due_at": 20_000 * 86_400_000,
}  # fmt: skip

WRONG_VALUES = [
    None, True, False, 0, -1, 0.5, 2**31, 2**53, 2**63, -(2**70), 1e308, 5e-324, "", " ", "x", "\0", "\ud83d",
    "a\udc00b", "\u202eevil", "💥" * 3000, "a0", "zzz!", "0" * 16, "../../x", "__proto__", "NaN", "2030-01-01",
    [], [1], {}, {"a": {}}, "x" * 30_000,
]  # fmt: skip


def full_house(team, by) -> dict[str, str]:
    """One row of each table that clients write: table → ID."""
    group = ProjectGroup.objects.make(team, by=by, name="Group")
    project = Project.objects.make(team, by=by, name="House", is_open=False, group_id=group.pk)
    project.make_favourite(by=by)
    section = Section.objects.make(project, by=by, name="Section")
    tag = Tag.objects.make(team, by=by, name="Tag", private=True)
    task = Task.objects.make(project, by=by, name="Task", tags=[tag.pk], section_id=section.pk)
    comment = Comment.objects.make(task, by=by, body="Comment")
    return {
        "project_groups": group.pk,
        "projects": project.pk,
        "project_members": project.members.get().pk,
        "favourites": project.favourites.get().pk,
        "sections": section.pk,
        "tags": tag.pk,
        "tasks": task.pk,
        "comments": comment.pk,
        "reactions": comment.react("👍", by=by).pk,
        "checklist_items": ChecklistItem.objects.make(task, by=by, name="Item").pk,
        "task_tags": task.taggings.get().pk,
        "reminders": Reminder.objects.make(task, by=by, minutes_before=5).pk,
        "priorities": Priority.objects.star(task, by=by).pk,
    }


@pytest.fixture
def team(db):
    return the_team()


@pytest.fixture
def theirs(db) -> dict[str, str]:
    """In another team."""
    return full_house(the_strangers_team(), STRANGER.account())


@pytest.fixture
def hidden(team) -> dict[str, str]:
    """In a private project of the same team. Its group is everybody's."""
    tables = full_house(team, OWNER.account())
    return {name: id for name, id in tables.items() if name != "project_groups"}


@pytest.fixture
def mine(team) -> dict[str, str]:
    return full_house(team, MEMBER.account())


@pytest.fixture
def copy(team, mine, hidden, theirs) -> Copy:
    return pulled(MEMBER)


def pulled(person) -> Copy:
    copy = Copy(Caller(person.account()))
    copy.pull()
    return copy


def stamps(tables: dict[str, str], counting: bool) -> list[tuple[str, str, str]]:
    """Of what must not change: whole rows as the database has them, with their versions."""
    found = []
    with connection.cursor() as cursor:
        for name, id in tables.items():
            table = BY_NAME[name].db_table
            cursor.execute(f"SELECT r::text FROM {table} r WHERE id = %s", [id])
            found.append((name, id, cursor.fetchone()[0]))
            if counting:
                cursor.execute(f"SELECT count(*) FROM {table}")
                found.append((name, "rows", str(cursor.fetchone()[0])))
    return found


@contextmanager
def untouched(*tables: dict[str, str], counting: bool = True):
    """Also no more and no fewer rows beside them, if `counting`."""
    before = [stamps(each, counting) for each in tables]
    yield
    assert [stamps(each, counting) for each in tables] == before


def send(copy: Copy, body, *, expected: int = 200):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = copy.caller.post(f"sync?last_pulled_at={copy.cursor}", raw)
    assert answer.status_code == expected, answer.content
    return answer


def pushes(table: str, *rows, deleted=()):
    return {table: {"created": [], "updated": list(rows), "deleted": list(deleted)}}


def test_no_value_is_too_much_in_all_columns_at_once(copy, mine):
    """New rows and rows that are there."""
    for value in WRONG_VALUES:
        body = {}
        for table in WRITTEN:
            columns = dict.fromkeys(table.by_name, value)
            body |= pushes(table.name, {"id": mine[table.name], **columns}, {"id": NOTHING, **columns})
        send(copy, body)
        copy.pull()
    copy.check()


def test_no_value_of_one_column_is_too_much_beside_good_ones(copy, mine):
    number = count()
    good = {table.name: copy.rows[table.name][mine[table.name]] for table in WRITTEN}
    for value in WRONG_VALUES:
        body = {}
        for table in WRITTEN:
            rows = [good[table.name] | {name: value} for name in table.by_name]
            if table.name == "tasks":
                rows += [good["tasks"] | DAILY | {"ended_at": 5, name: value} for name in DAILY]
            rows = [row | {"id": f"{next(number):016}"} for row in rows]
            body |= pushes(table.name, *rows)
        send(copy, body)
        copy.pull()
    copy.check()


@pytest.mark.parametrize(
    "body",
    [
        {"__proto__": {"created": [{"id": NOTHING}]}, "constructor": 5, "nothing": {"deleted": [NOTHING]}},
        {"tasks": None}, {"tasks": []}, {"tasks": "x"}, {"tasks": {"created": 5, "updated": {}, "deleted": "abc"}},
        {"tasks": {"created": [None, 5, [], "x", {}, {"id": None}, {"id": 7}, {"id": "__proto__"}, {"id": {"a": 1}}]}},
        {"tasks": {"updated": [{"id": "short", "name": "x"}, {"id": "x" * 64, "name": "x"}, {"id": "é" * 16}]}},
        {"tasks": {"deleted": [None, 5, "__proto__", "x" * 10_000, ["a"], "\ud83d", NOTHING]}},
        {"tasks": {"created": [{"id": NOTHING, "__proto__": {"a": 1}, "constructor": 1, "version": "0", "x": [1]}]}},
        {"teams": {"updated": [{"id": NOTHING, "name": "Mine"}]}, "members": {"created": [{"id": NOTHING}]}},
        {"changes": {"tasks": {}}, "lastPulledAt": {"a": 1}},
    ],
)  # fmt: skip
def test_whatever_is_no_row_is_ignored(copy, body, mine, hidden, theirs):
    with untouched(mine, hidden, theirs):
        send(copy, body)
    copy.check()


def test_what_python_and_javascript_write_beyond_json_is_read(copy, mine):
    task = mine["tasks"]
    raw = '{"tasks": {"updated": [{"id": "%s", "name": "half \\ud83d", "due_at": NaN, "ended_at": -Infinity}]}}' % task  # noqa: UP031 — braces
    send(copy, raw.encode())
    copy.check()
    assert copy.rows["tasks"][task]["name"] == "half \ufffd"


def test_the_same_id_everywhere_in_one_push(copy, mine):
    task = copy.rows["tasks"][mine["tasks"]]
    rows = [task | {"name": "One"}, task | {"name": "Two"}]
    send(copy, {"tasks": {"created": rows, "updated": rows, "deleted": [task["id"]] * 2}})
    copy.check()
    assert copy.rows["tasks"][task["id"]]["trashed_at"] is not None


def test_20_mb_are_read_and_more_than_32_refused(copy, mine):
    send(copy, pushes("tasks", {"id": mine["tasks"], "name": "x" * 20_000_000}))
    copy.check()
    assert len(copy.rows["tasks"][mine["tasks"]]["name"]) == 1000
    before = copy.rows
    answer = send(copy, b" " * (32 * 2**20 + 1), expected=413)
    assert answer.json()["code"] == "too_large"
    copy.pull()
    assert copy.rows == before


def test_too_many_rows_are_refused(copy):
    send(copy, pushes("tasks", deleted=[f"{number:016}" for number in range(MOST_ROWS + 1)]), expected=413)


@pytest.mark.parametrize("whose", ["theirs", "hidden"])
def test_an_id_of_others_is_answered_as_one_that_nobody_has(copy, request, whose):
    others = request.getfixturevalue(whose)
    for table in (table for table in WRITTEN if table.name in others):
        row = dict.fromkeys(table.by_name, None) | {"team_id": the_strangers_team().pk, "name": "Mine", "body": "Mine"}
        id = others[table.name]
        for body in (lambda id: pushes(table.name, row | {"id": id}), lambda id: pushes(table.name, deleted=[id])):  # noqa: B023 — called at once
            with untouched(others):
                known = send(copy, body(id))
            unknown = send(copy, body(NOTHING))
            assert (known.content, known["Content-Type"]) == (unknown.content, unknown["Content-Type"])
            copy.pull()
            assert id not in copy.rows[table.name]
    copy.check()


PARENTS = {
    "project_id": "projects", "task_id": "tasks", "comment_id": "comments", "tag_id": "tags", "section_id": "sections",
    "group_id": "project_groups",
}  # fmt: skip


@pytest.mark.parametrize("whose", ["theirs", "hidden"])
def test_nothing_is_hung_on_what_others_have(copy, request, mine, whose):
    others = request.getfixturevalue(whose)
    number = 0
    with untouched(others, counting=False):
        for table in WRITTEN:
            for column in PARENTS.keys() & table.by_name.keys():
                if PARENTS[column] not in others:
                    continue
                number += 1
                good = copy.rows[table.name][mine[table.name]]
                there = {column: others[PARENTS[column]]}
                before = Correction.objects.count()
                send(copy, pushes(table.name, good | there, good | there | {"id": f"{number:016}"}))
                assert Correction.objects.count() > before, (table.name, column)
                copy.pull()
                assert copy.rows[table.name].get(f"{number:016}", {}).get(column) != there[column]
    copy.check()


SERVERS_OWN = {
    "projects": {"author_id": None, "is_single": True, "created_at": 5},
    "tasks": {"author_id": None, "occurrence": 9, "is_past_occurrence": True, "missed": 4, "created_at": 5},
    "comments": {"author_id": None, "edited_at": 5, "created_at": 5},
    "reactions": {"author_id": None, "emoji": "👎"},
    "tags": {"is_private": False},
}


def test_what_the_server_says_stays_as_it_says(copy, mine, theirs):
    for table in WRITTEN:
        row = copy.rows[table.name][mine[table.name]]
        columns = SERVERS_OWN.get(table.name, {}) | {"team_id": the_strangers_team().pk}
        with untouched({table.name: mine[table.name]}):
            send(copy, pushes(table.name, row | columns))
        copy.check()


def test_teams_and_members_are_not_for_clients_to_write(copy, team):
    copy.write("teams", team.pk, name="Mine")
    for member in list(copy.rows["members"]):
        copy.write("members", member, role="owner", name="Nobody")
    send(copy, copy.changes())
    send(copy, pushes("members", deleted=list(copy.rows["members"])))
    copy.check()
    assert {row["role"] for row in copy.rows["members"].values()} > {"member", "owner"}


def test_a_guest_writes_nothing_but_words(team, mine):
    Project.objects.get(pk=mine["projects"]).share(GUEST.account().pk, by=MEMBER.account())
    guest = pulled(GUEST)
    own = {name for name in mine if mine[name] in guest.rows[name]}
    assert own == {"projects", "project_groups", "project_members", "sections", "tasks", "comments", "reactions",
                   "checklist_items", "task_tags"}  # fmt: skip
    number = 0
    with untouched(mine):
        for table in WRITTEN:
            columns = {"team_id": team.pk, "name": "New", "project_id": mine["projects"], "task_id": mine["tasks"],
                       "tag_id": mine["tags"], "minutes_before": 4, "position": "a5", "trashed_at": 5,
                       "pinned_at": 5, "body": "New", "member_id": guest_membership(team)}  # fmt: skip
            columns = {name: value for name, value in columns.items() if name in table.by_name}
            rows = [guest.rows[table.name].get(mine[table.name], {}) | columns | {"id": mine[table.name]}]
            if table.name not in ("comments", "reactions"):
                number += 1
                rows.append(columns | {"id": f"{number:016}"})
            if mine[table.name] in guest.rows[table.name]:
                send(guest, pushes(table.name, *rows))
                guest.pull()
                send(guest, pushes(table.name, deleted=[mine[table.name]]))
            else:
                send(guest, pushes(table.name, rows[-1]))
            guest.check()


def guest_membership(team) -> str:
    return team.memberships.get(account=GUEST.account()).pk


def test_single_tasks_are_no_project_that_could_be_changed(team, mine):
    single = Project.objects.single_tasks_of(team.pk, by=MEMBER.account())
    copy = pulled(MEMBER)
    member = next(id for id, row in copy.rows["project_members"].items() if row["project_id"] == single.pk)
    with untouched({"projects": single.pk, "project_members": member}):
        copy.write("projects", single.pk, name="Mine", is_open=True, trashed_at=5, ended_at=5)
        send(copy, copy.changes())
        send(copy, pushes("projects", deleted=[single.pk]))
        send(copy, pushes("project_members", deleted=[member]))
        send(
            copy,
            pushes("project_members", {"id": NOTHING, "project_id": single.pk, "member_id": guest_membership(team)}),
        )
        copy.check()


def test_more_than_can_be_put_right_one_by_one_is_answered_with_everything(copy, monkeypatch):
    monkeypatch.setattr(pushing, "MOST_CORRECTIONS", 5)
    for number in range(6):
        copy.write("comments", f"{number:016}", task_id=NOTHING, body="x")
    assert copy.push() == 200
    assert Resync.objects.filter(account_id=MEMBER.account().pk).exists()
    assert not Correction.objects.exists()
    copy.check()


def test_what_was_purged_stays_dead_whoever_says_otherwise(copy, mine):
    row = copy.rows["tasks"][mine["tasks"]]
    Task.objects.filter(pk=row["id"]).delete()
    copy.pull()
    send(copy, pushes("tasks", row | {"name": "Undead"}))
    copy.check()
    assert not Task.objects.filter(pk=row["id"]).exists()
    assert Departure.objects.filter(gone=True, row_id=row["id"], table="tasks").exists()

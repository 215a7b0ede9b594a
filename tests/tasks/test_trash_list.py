"""What somebody threw away is listed in one place, for whoever may see it, until it is purged."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.models import Comment, ProjectGroup, Task
from tests.cast import ADMIN, MEMBER, OWNER, STRANGER
from tests.tasks.finding import MEMBERS, WORD, a_world, seen_by

pytestmark = pytest.mark.django_db

INSIDE_OUT = ("checklist_item", "comment", "task", "section", "project", "tag")


@pytest.fixture
def world():
    return a_world()


def ask(world, person, query="limit=200"):
    answer = world.caller(person).get(f"teams/{world.team.pk}/trash?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def throw_all_away(world):
    for kind in INSIDE_OUT:
        for name, row in world.rows.items():
            if name.startswith(f"{kind} ") and name != "project single":
                row.trash(by=world.people[ADMIN])


@pytest.mark.parametrize("person", MEMBERS, ids=lambda person: person.role)
def test_everybody_finds_in_the_trash_what_they_may_see_and_nothing_else(world, person):
    assert ask(world, person) == {"results": [], "next": None}
    throw_all_away(world)
    names = world.names()
    # A guest knows a tag from the tasks it is on; when those are in the trash, there is none.
    expected = seen_by(world, person) - ({"tag on shared"} if person.role == "guest" else set())
    assert {names[row["id"]] for row in ask(world, person)["results"]} == expected


def test_a_stranger_finds_no_team(world):
    answer = world.caller(STRANGER).get(f"teams/{world.team.pk}/trash")
    assert answer.status_code == 404
    assert answer.content == world.caller(STRANGER).get("teams/0000000000000000/trash").content


def test_an_entry_says_what_it_is_and_until_when_it_is_there(world):
    comment = world.rows["comment open"]
    comment.trash(by=world.people[ADMIN])
    (row,) = ask(world, OWNER)["results"]
    at = row.pop("trashed_at")
    assert datetime.fromisoformat(at) == comment.trashed_at
    assert datetime.fromisoformat(row.pop("purged_at")) == comment.trashed_at + timedelta(days=30)
    assert row == {
        "kind": "comment",
        "id": comment.pk,
        "project": world.rows["project open"].pk,
        "task": world.rows["task open"].pk,
        "text": f"{WORD} open",
        "restorable": True,
    }


def test_how_long_it_stays_is_a_setting(world, settings):
    settings.TRASH_RETENTION_DAYS = 7
    tag = world.rows["tag teams"]
    tag.trash(by=world.people[ADMIN])
    (row,) = ask(world, OWNER)["results"]
    assert datetime.fromisoformat(row["purged_at"]) == tag.trashed_at + timedelta(days=7)


def test_what_went_along_is_no_entry_and_what_hangs_on_one_cannot_be_restored_yet(world):
    rows, admin = world.rows, world.people[ADMIN]
    rows["comment open"].trash(by=admin)
    rows["task open"].trash(by=admin)
    listed = [(row["kind"], row["restorable"]) for row in ask(world, OWNER)["results"]]
    assert listed == [("task", True), ("comment", False)]
    rows["task open"].restore(by=admin)
    listed = [(row["kind"], row["restorable"]) for row in ask(world, OWNER)["results"]]
    assert listed == [("comment", True)]


@pytest.mark.parametrize("above", ["section", "project"])
def test_a_task_waits_for_its_section_and_its_project(world, above):
    rows, admin = world.rows, world.people[ADMIN]
    rows["task open"].change(by=admin, section_id=rows["section open"].pk)
    rows["task open"].trash(by=admin)
    rows[f"{above} open"].trash(by=admin)
    listed = {row["kind"]: row["restorable"] for row in ask(world, OWNER)["results"]}
    assert listed == {"task": False, above: True}


def test_groups_are_listed_too_and_long_comments_cut(world):
    admin = world.people[ADMIN]
    ProjectGroup.objects.make(world.team, name="A group", by=admin).trash(by=admin)
    Comment.objects.make(world.rows["task open"], body="a line\n" * 100, by=admin).trash(by=admin)
    comment, group = ask(world, MEMBER)["results"]
    assert (group["kind"], group["text"], group["project"], group["task"]) == ("project_group", "A group", None, None)
    assert len(comment["text"]) == 200
    assert comment["text"].startswith("a line a line")
    assert comment["text"].endswith("…")


def test_the_newest_comes_first_and_pages_go_on_where_the_last_one_ended(world):
    throw_all_away(world)
    whole = ask(world, ADMIN)["results"]
    moments = [(row["trashed_at"], row["id"]) for row in whole]
    assert moments == sorted(moments, reverse=True)
    assert len(whole) == 3 * 4 + 2 * 3 + 3
    caller, got, sizes = world.caller(ADMIN), [], []
    path = f"teams/{world.team.pk}/trash?limit=5"
    while path:
        body = caller.get(path).json()
        got += body["results"]
        sizes.append(len(body["results"]))
        path = body["next"] and body["next"].split("/api/v1/")[1]
    assert got == whole
    assert sizes == [5, 5, 5, 5, 1]


def test_those_thrown_away_at_one_moment_are_each_listed_once(world):
    throw_all_away(world)
    moment = world.rows["tag teams"].trashed_at
    for row in world.rows.values():
        type(row).objects.filter(pk=row.pk, trashed_at__isnull=False).update(trashed_at=moment)
    caller, got = world.caller(ADMIN), []
    path = f"teams/{world.team.pk}/trash?limit=2"
    while path:
        body = caller.get(path).json()
        got += [row["id"] for row in body["results"]]
        path = body["next"] and body["next"].split("/api/v1/")[1]
    assert len(got) == len(set(got)) == 21


def test_a_page_asks_as_many_queries_for_many_rows_as_for_few(world):
    caller, path = world.caller(OWNER), f"teams/{world.team.pk}/trash?limit=200"
    world.rows["tag teams"].trash(by=world.people[ADMIN])

    def queries():
        caller.get(path)
        with CaptureQueriesContext(connection) as context:
            caller.get(path)
        return len(context)

    few = queries()
    admin = world.people[ADMIN]
    for number in range(15):
        Task.objects.make(world.rows["project open"], by=admin, name=f"{number}").trash(by=admin)
        Comment.objects.make(world.rows["task open"], by=admin, body=f"{number}").trash(by=admin)
    assert len(ask(world, OWNER)["results"]) == 31
    assert queries() == few


@pytest.mark.parametrize(("query", "field"), [("limit=201", "limit"), ("after=bm8", "after"), ("kind=task", "kind")])
def test_what_will_not_do_is_refused_by_field(world, query, field):
    answer = world.caller(OWNER).get(f"teams/{world.team.pk}/trash?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]

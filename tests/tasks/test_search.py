"""One finds what one may see, by words, though the database holds nothing but ciphertext."""

from __future__ import annotations

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken
from nozbe.api.models import StoredAnswer
from tasks import searching
from tasks.models import ChecklistItem, Comment, Project, Section, Task
from tasks.words import EXCERPT, excerpt, fold, words_of
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, the_strangers_team
from tests.tasks.dump import whole_database
from tests.tasks.finding import IN_A_PROJECT, MEMBERS, WORD, a_world, seen_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world()


def search(world, person, q=WORD, **given):
    answer = world.caller(person).post(f"teams/{world.team.pk}/search", {"q": q, **given})
    assert answer.status_code == 200, answer.content
    return answer.json()


def found(world, person, q=WORD, **given):
    return [row["id"] for row in search(world, person, q, **given)["results"]]


@pytest.mark.parametrize("person", MEMBERS, ids=lambda person: person.role)
def test_everybody_finds_what_they_may_see_and_nothing_else(world, person):
    names = world.names()
    assert {names[pk] for pk in found(world, person)} == seen_by(world, person)


def test_a_stranger_finds_no_team(world):
    answer = world.caller(STRANGER).post(f"teams/{world.team.pk}/search", {"q": WORD})
    assert answer.status_code == 404
    unknown = world.caller(STRANGER).post("teams/0000000000000000/search", {"q": WORD})
    assert answer.content == unknown.content


def test_another_team_of_ones_own_is_not_searched(world):
    elsewhere = the_strangers_team()
    stranger = world.people[STRANGER]
    Project.objects.make(elsewhere, by=stranger, name=f"{WORD} elsewhere")
    body = Caller(stranger).post(f"teams/{elsewhere.pk}/search", {"q": WORD}).json()
    assert [row["text"] for row in body["results"]] == [f"{WORD} elsewhere"]
    assert "elsewhere" not in str(search(world, ADMIN))


def test_results_say_what_they_are_and_where(world):
    rows = world.rows
    place = {"project": rows["project open"].pk, "task": None}
    on_task = place | {"task": rows["task open"].pk}
    assert search(world, OWNER, "open") == {
        "results": [
            {"kind": "project", "id": rows["project open"].pk, "project": None, "task": None, "text": f"{WORD} open"},
            {"kind": "section", "id": rows["section open"].pk, **place, "text": f"{WORD} open"},
            {"kind": "task", "id": rows["task open"].pk, **place, "text": f"{WORD} open"},
            {"kind": "comment", "id": rows["comment open"].pk, **on_task, "text": f"{WORD} open"},
            {"kind": "checklist_item", "id": rows["checklist_item open"].pk, **on_task, "text": f"{WORD} open"},
        ],
        "next": None,
    }


@pytest.mark.parametrize("q", ["KŁĘBEK", "klebek", "ębe", "open kłęb", "  ＯＰＥＮ\nłębe ", "kłe\u0328bek"])
def test_neither_case_nor_accents_nor_the_order_of_words_count(world, q):
    assert world.rows["task open"].pk in found(world, OWNER, q)


def test_all_words_must_occur(world):
    assert found(world, OWNER, f"{WORD} open elsewhere") == []


@pytest.mark.parametrize(("text", "folded"), [("Straße", "strasse"), ("Ǻ", "a"), ("ﬁn", "fin"), ("Łódź Ø", "lodz o")])
def test_folded_is(text, folded):
    assert fold(text) == folded
    assert "".join(map(fold, text)) == folded


def test_each_word_is_looked_for_once():
    assert words_of(" Zażółć  zazolc\tgęś ") == ("zazolc", "ges")


@pytest.mark.parametrize("kind", ["tag", "project", "comment"])
def test_only_the_kinds_that_are_named_are_found(world, kind):
    assert {row["kind"] for row in search(world, ADMIN, kinds=[kind])["results"]} == {kind}


@pytest.mark.parametrize("above", IN_A_PROJECT)
def test_what_is_in_the_trash_is_not_found_nor_what_hangs_on_it(world, above):
    world.rows["task open"].change(by=world.people[ADMIN], section_id=world.rows["section open"].pk)
    world.rows[f"{above} open"].trash(by=world.people[ADMIN])
    left = {
        "project": set(),
        "section": {"project"},
        "task": {"project", "section"},
        "comment": {"project", "section", "task", "checklist_item"},
        "checklist_item": {"project", "section", "task", "comment"},
    }
    assert {row["kind"] for row in search(world, OWNER, "open")["results"]} == left[above]


def test_what_is_over_is_found_unless_one_wants_it_not(world):
    admin, rows = world.people[ADMIN], world.rows
    done = Task.objects.make(rows["project open"], by=admin, name="finished thing")
    Comment.objects.make(done, by=admin, body="finished talk")
    ChecklistItem.objects.make(rows["task open"], by=admin, name="finished item").complete(by=admin)
    Task.objects.make(rows["project open"], by=admin, name="finished never").abandon(by=admin)
    ended = Project.objects.make(world.team, by=admin, name="finished project")
    Section.objects.make(ended, by=admin, name="finished section")
    Task.objects.make(ended, by=admin, name="finished with it")
    done.complete(by=admin)
    ended.end(by=admin)
    assert [row["text"] for row in search(world, OWNER, "finished")["results"]] == [
        "finished project", "finished section", "finished with it", "finished never", "finished thing",
        "finished talk", "finished item",
    ]  # fmt: skip
    assert search(world, OWNER, "finished", ended=False)["results"] == []
    assert world.rows["task open"].pk in found(world, OWNER, ended=False)


def test_of_a_long_comment_the_part_around_the_word_is_shown(world):
    body = "before " * 100 + "\n\n**needle**\n\n" + "after " * 100
    comment = Comment.objects.make(world.rows["task open"], by=world.people[ADMIN], body=body)
    (row,) = search(world, OWNER, "NEEDLE")["results"]
    assert row["id"] == comment.pk
    assert len(row["text"]) == EXCERPT
    assert row["text"].startswith("…")
    assert row["text"].endswith("…")
    assert "before before **needle** after after" in row["text"]


@pytest.mark.parametrize("lead", ["x" * 500, "ﬃ" * 300, "e\u0301" * 300, ""])
def test_an_excerpt_holds_the_word_whatever_comes_before_it(lead):
    text = f"{lead} needle " + "y" * 500
    part = excerpt(text, words_of("needle"))
    assert "needle" in part
    assert len(part) == EXCERPT
    assert excerpt("short\n text") == "short text"


def test_pages_go_on_where_the_last_one_ended(world):
    whole = found(world, ADMIN)
    assert len(whole) == 3 + 5 * 3 + 3
    pages, after = [], None
    while True:
        body = search(world, ADMIN, limit=4, **({"after": after} if after else {}))
        pages.append([row["id"] for row in body["results"]])
        after = body["next"]
        if after is None:
            break
    assert [len(page) for page in pages] == [4, 4, 4, 4, 4, 1]
    assert [row for page in pages for row in page] == whole


def test_a_page_that_is_just_full_is_the_last(world):
    assert search(world, ADMIN, kinds=["tag"], limit=3)["next"] is None


def test_one_search_opens_no_more_than_it_may_and_the_next_goes_on(world, monkeypatch):
    admin, project = world.people[ADMIN], world.rows["project open"]
    for number in range(30):
        Task.objects.make(project, by=admin, name=f"hay {number}")
    Project.objects.make(world.team, by=admin, name="a needle first")
    needle = ChecklistItem.objects.make(world.rows["task open"], by=admin, name="needle last")
    monkeypatch.setattr(searching, "CHUNK", 5)
    monkeypatch.setattr(searching, "MOST_OPENED", 10)
    pages, after = [], None
    while not pages or after:
        body = search(world, ADMIN, "needle", **({"after": after} if after else {}))
        pages.append([row["text"] for row in body["results"]])
        after = body["next"]
    assert [row for page in pages for row in page] == ["a needle first", needle.name]
    assert len(pages) > 3
    assert [] in pages


def test_long_texts_end_a_search_early_too(world, monkeypatch):
    monkeypatch.setattr(searching, "MOST_SIGNS", 10)
    first = search(world, ADMIN)
    assert {row["kind"] for row in first["results"]} == {"project"}
    assert first["next"] is not None


def test_a_search_asks_as_many_queries_for_many_rows_as_for_few(world):
    caller = world.caller(OWNER)

    def queries():
        caller.post(f"teams/{world.team.pk}/search", {"q": "thing"})
        with CaptureQueriesContext(
            connection,
        ) as context:
            caller.post(f"teams/{world.team.pk}/search", {"q": "thing", "limit": 200})
        return len(context)

    few = queries()
    admin, project = world.people[ADMIN], world.rows["project open"]
    for number in range(30):
        task = Task.objects.make(project, by=admin, name=f"thing {number}")
        Comment.objects.make(task, by=admin, body=f"thing {number}")
    assert len(found(world, OWNER, "thing", limit=200)) == 60
    assert queries() == few


WRONG = {
    "no word": ({}, "q", "required"),
    "nothing": ({"q": "  "}, "q", "blank"),
    "an accent alone": ({"q": "\u0301"}, "q", "blank"),
    "too long": ({"q": "x" * 201}, "q", "max_length"),
    "a number": ({"q": 1}, "q", "invalid"),
    "none at all": ({"q": "x", "limit": 0}, "limit", "min_value"),
    "too many": ({"q": "x", "limit": 201}, "limit", "max_value"),
    "a text for a number": ({"q": "x", "limit": "5"}, "limit", "invalid"),
    "maybe": ({"q": "x", "ended": "true"}, "ended", "invalid"),
    "an unknown kind": ({"q": "x", "kinds": ["reminder"]}, "kinds.0", "invalid_choice"),
    "no kind": ({"q": "x", "kinds": []}, "kinds", "min_length"),
    "no place": ({"q": "x", "after": "nowhere"}, "after", "invalid"),
    "a deep place": ({"q": "x", "after": "W1tbW1tbW1tbW10"}, "after", "invalid"),
    "an unknown field": ({"q": "x", "sort": "name"}, "sort", "unknown_field"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_will_not_do_is_refused_by_field(world, what):
    body, field, code = WRONG[what]
    answer = world.caller(OWNER).post(f"teams/{world.team.pk}/search", body)
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_a_place_among_kinds_that_are_not_looked_for_is_refused(world):
    after = search(world, OWNER, limit=1)["next"]
    body = {"q": WORD, "kinds": ["tag"], "after": after}
    assert world.caller(OWNER).post(f"teams/{world.team.pk}/search", body).status_code == 400


def test_a_search_is_answered_anew_each_time_and_its_answer_kept_nowhere(world):
    path, key = f"teams/{world.team.pk}/search", {"Idempotency_Key": "again"}
    guest = world.caller(GUEST)
    assert len(guest.post(path, {"q": WORD}, **key).json()["results"]) == 6
    world.rows["project shared"].unshare(world.people[GUEST].pk, by=world.people[ADMIN])
    assert guest.post(path, {"q": WORD}, **key).json() == {"results": [], "next": None}
    assert not StoredAnswer.objects.exists()


def test_a_token_for_reading_may_search(world):
    reader = Caller(world.people[MEMBER], scope=ApiToken.READ)
    assert reader.post(f"teams/{world.team.pk}/search", {"q": WORD}).status_code == 200


def test_the_word_stands_in_clear_in_no_table_and_no_log(world, caplog, capfd):
    canary = "canaryintheglassworks"
    admin = world.people[ADMIN]
    Task.objects.make(world.rows["project open"], by=admin, name=f"{canary} name")
    Comment.objects.make(world.rows["task open"], by=admin, body=f"{canary} body")
    path, key = f"teams/{world.team.pk}/search", {"Idempotency_Key": "once"}
    with caplog.at_level(logging.DEBUG):
        answer = world.caller(MEMBER).post(path, {"q": canary}, **key)
        assert [row["text"] for row in answer.json()["results"]] == [f"{canary} name", f"{canary} body"]
        assert world.caller(MEMBER).post(path, {"q": canary, "after": canary}).status_code == 400
        assert world.caller(STRANGER).post(path, {"q": canary}).status_code == 404
    rows = whole_database()
    assert canary not in rows
    assert canary.encode().hex() not in rows
    assert world.team.pk in rows, "what is not sealed must be found, or this test could not fail"
    said = caplog.text + "".join(capfd.readouterr())
    assert canary not in said

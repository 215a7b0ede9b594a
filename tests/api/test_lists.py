from __future__ import annotations

import base64
import json

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, Invitation, Membership, Role, Team
from tests.cast import OWNER, new_account, new_team, the_team


def pages(caller, path):
    while path is not None:
        answer = caller.get(path)
        assert answer.status_code == 200
        yield answer.json()["results"]
        path = (answer.json()["next"] or "").partition("/api/v1/")[2] or None


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 200])
def test_pages_hold_every_row_once_and_in_order(owner, limit):
    for number in range(5):
        ApiToken.objects.issue(OWNER.account(), name=str(number), scope=ApiToken.READ)
    moments = list(ApiToken.objects.order_by("created_at").values_list("pk", flat=True))
    # Two that were made in the same instant.
    ApiToken.objects.filter(pk__in=moments[2:4]).update(created_at=ApiToken.objects.get(pk=moments[2]).created_at)
    expected = list(ApiToken.objects.order_by("created_at", "pk").values_list("pk", flat=True))
    found = list(pages(owner, f"tokens?limit={limit}"))
    assert [row["id"] for page in found for row in page] == expected
    assert {len(page) for page in found[:-1]} <= {limit}


def test_a_row_that_goes_while_one_reads_costs_no_other(owner):
    for number in range(4):
        ApiToken.objects.issue(OWNER.account(), name=str(number), scope=ApiToken.READ)
    first = owner.get("tokens?limit=2").json()
    ApiToken.objects.filter(pk=first["results"][1]["id"]).exclude(name="test").delete()
    rest = [row["label"] for page in pages(owner, first["next"].partition("/api/v1/")[2]) for row in page]
    assert rest == ["1", "2", "3"]


def place(moment: str) -> str:
    """Made by hand, in the form that `next` has."""
    return base64.urlsafe_b64encode(json.dumps([moment, "x"]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("after=nonsense", "after"),
        ("after=" + "x" * 201, "after"),
        ("after=W10", "after"),
        ("after=WyI5OTk5OS0wMS0wMSIsICJ4Il0", "after"),
        ("after=" + place("0001-01-01T00:00:00+23:59"), "after"),
        ("after=" + place("9999-12-31T23:59:59-23:59"), "after"),
        ("after=%00", "after"),
        ("after=%ED%A0%80", "after"),
        ("color=red", "color"),
    ],
)
def test_what_a_list_is_asked_for_must_make_sense(owner, query, field):
    answer = owner.get(f"teams?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "path", ["tokens", "teams", "teams/{team}/members", "teams/{team}/invitations", "me/invitations", "me/sessions"]
)
def test_the_number_of_queries_does_not_grow_with_the_rows(owner, path):
    team = the_team()
    path = path.format(team=team.pk)

    def queries() -> int:
        owner.get(path)
        with CaptureQueriesContext(connection) as found:
            assert owner.get(path).status_code == 200
        return len(found)

    more_rows(team, range(1))
    few = queries()
    more_rows(team, range(1, 6))
    assert queries() == few


def more_rows(team: Team, numbers: range) -> None:
    owner = OWNER.account()
    for number in numbers:
        person = new_account(email=f"person{number}@example.com", name=f"P{number}")
        Membership.objects.create(team=team, account=person, role=Role.MEMBER)
        Invitation.objects.invite(team, email=f"invited{number}@example.com", role=Role.GUEST, by=owner)
        theirs = new_team(f"Team {number}", owner=person)
        Invitation.objects.invite(theirs, email=OWNER.email, role=Role.GUEST, by=person)
        Membership.objects.create(team=new_team("Mine", owner=person), account=owner, role=Role.GUEST)
        ApiToken.objects.issue(owner, name=str(number), scope=ApiToken.READ)
        session = SessionStore()
        session.create()
        UserSession.objects.create(user=owner, ip="127.0.0.1", session_key=session.session_key)


def test_only_who_manages_a_team_sees_addresses(owner, member, guest, team):
    assert all(row["email"] for row in owner.get(f"teams/{team}/members").json()["results"])
    for caller in (member, guest):
        assert {row["email"] for row in caller.get(f"teams/{team}/members").json()["results"]} == {None}


def test_answers_are_json_whatever_is_asked_for(owner):
    answer = owner.get("teams", Accept="text/html")
    assert answer.status_code == 406
    assert json.loads(answer.content)["code"] == "not_acceptable"

"""Removing somebody ends their access at once: what they hold stops working with the next request."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Invitation, Role
from tests.api.caller import Caller
from tests.cast import GUEST, MEMBER, OWNER, STRANGER, new_team, the_team

pytestmark = pytest.mark.django_db


def browser_of(person) -> Client:
    client = Client()
    client.force_login(person.account())
    return client


@pytest.mark.parametrize("leaves", [False, True], ids=["removed", "leaves"])
def test_the_session_and_the_token_of_who_loses_their_only_team_stop_working(leaves):
    team = the_team()
    browser, program, owner = browser_of(MEMBER), Caller(MEMBER.account()), Caller(OWNER.account())
    assert browser.get("/api/v1/me").status_code == program.get("me").status_code == 200

    by = program if leaves else owner
    assert by.delete(f"teams/{team.pk}/members/{MEMBER.account().pk}").status_code == 204

    assert browser.get("/api/v1/me").status_code == program.get("me").status_code == 401
    assert browser.get("/settings").status_code == 302
    assert owner.get("me").status_code == 200
    names = [row["name"] for row in owner.get(f"teams/{team.pk}/members").json()["results"]]
    assert MEMBER.name not in names
    assert len(names) == 3


def test_who_has_another_team_loses_only_this_one():
    team = the_team()
    other = new_team("Other", owner=MEMBER.account())
    browser, program, owner = browser_of(MEMBER), Caller(MEMBER.account()), Caller(OWNER.account())
    owner.delete(f"teams/{team.pk}/members/{MEMBER.account().pk}")
    unknown = program.get("teams/0000000000000000")
    for path in (f"teams/{team.pk}", f"teams/{team.pk}/members", f"teams/{team.pk}/owner"):
        for answer in (program.get(path), browser.get(f"/api/v1/{path}")):
            assert (answer.status_code, answer.content) == (404, unknown.content)
    assert [row["id"] for row in program.get("teams").json()["results"]] == [other.pk]
    assert program.get(f"teams/{other.pk}").status_code == 200


def test_what_would_let_them_in_again_and_what_they_sent_out_is_revoked():
    team = the_team()
    admin = Caller(OWNER.account())
    member = MEMBER.account()
    admin.patch(f"teams/{team.pk}/members/{member.pk}", {"role": "admin"})
    theirs = Invitation.objects.invite(team, email=STRANGER.email, role=Role.MEMBER, by=member)
    others = Invitation.objects.invite(team, email="new@example.com", role=Role.MEMBER, by=OWNER.account())
    # An invitation to an address that they verified only after they had joined.
    again = Invitation.objects.invite(team, email="second@example.com", role=Role.MEMBER, by=OWNER.account())
    member.emailaddress_set.create(email="second@example.com", verified=True)

    admin.delete(f"teams/{team.pk}/members/{member.pk}")

    stranger, removed = Caller(STRANGER.account()), Caller(member)
    assert stranger.post("invitations/acceptance", {"token": theirs.token}).status_code == 410
    assert removed.post("invitations/acceptance", {"token": again.token}).status_code == 410
    assert [row["id"] for row in admin.get(f"teams/{team.pk}/invitations").json()["results"]] == [others.pk]
    assert team.memberships.live().count() == 3


def test_somebody_who_was_removed_can_be_invited_again():
    team = the_team()
    owner, guest = Caller(OWNER.account()), GUEST.account()
    owner.delete(f"teams/{team.pk}/members/{guest.pk}")
    made = owner.post(f"teams/{team.pk}/invitations", {"email": GUEST.email, "role": "member"})
    again = Caller(guest)
    [invited] = again.get("me/invitations").json()["results"]
    assert (invited["id"], invited["team_name"], invited["invited_by"]) == (made.json()["id"], "The Cast", OWNER.name)
    assert again.post(f"me/invitations/{invited['id']}/acceptance").json()["role"] == "member"
    assert team.memberships.filter(account=guest).count() == 2
    assert team.memberships.live().filter(account=guest).count() == 1

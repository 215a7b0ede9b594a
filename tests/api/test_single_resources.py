"""ETag, If-None-Match, If-Match."""

from __future__ import annotations

import pytest

from accounts.models import Team
from tests.api.caller import everything
from tests.cast import GUEST, OWNER


def paths(team):
    return {
        "me": ("PATCH", "me", {"name": "New"}),
        "team": ("PATCH", f"teams/{team}", {"name": "New"}),
        "member": ("PATCH", f"teams/{team}/members/{GUEST.account().pk}", {"role": "member"}),
        "removal": ("DELETE", f"teams/{team}/members/{GUEST.account().pk}", None),
        "owner": ("PUT", f"teams/{team}/owner", {"account": GUEST.account().pk}),
    }


@pytest.mark.parametrize("which", ["me", "team", "member", "removal", "owner"])
def test_a_change_of_what_was_changed_meanwhile_is_refused(owner, team, which):
    method, path, body = paths(team)[which]
    before = everything()
    for stale in ('"0123"', 'W/"0123"', "nonsense", ""):
        answer = owner.ask(method, path, body, If_Match=stale)
        assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")
    assert everything() == before


@pytest.mark.parametrize("which", ["me", "team", "member", "removal", "owner"])
def test_a_change_of_what_was_seen_is_made(owner, team, which):
    method, path, body = paths(team)[which]
    tag = owner.get(path)["ETag"]
    assert owner.ask(method, path, body, If_Match=f'"0123", {tag}').status_code in (200, 204)


def test_a_tag_stands_for_what_is_said(owner, team):
    first = owner.get(f"teams/{team}")
    changed = owner.patch(f"teams/{team}", {"name": "New"})
    assert changed["ETag"] != first["ETag"]
    assert owner.get(f"teams/{team}")["ETag"] == changed["ETag"]
    assert owner.patch(f"teams/{team}", {"name": "Newer"}, If_Match=first["ETag"]).status_code == 412
    assert Team.objects.get(pk=team).name == "New"


def test_who_knows_it_already_is_told_so(owner, team):
    tag = owner.get(f"teams/{team}")["ETag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = owner.get(f"teams/{team}", If_None_Match=header)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert owner.get(f"teams/{team}", If_None_Match='"other"').status_code == 200


def test_a_weak_tag_is_not_good_enough_to_change(owner, team):
    tag = owner.get(f"teams/{team}")["ETag"]
    assert owner.patch(f"teams/{team}", {"name": "New"}, If_Match=f"W/{tag}").status_code == 412
    assert owner.patch(f"teams/{team}", {"name": "New"}, If_Match="*").status_code == 200


def test_a_change_of_nothing_changes_nothing(owner, team):
    before = everything()
    assert owner.patch(f"teams/{team}", {}).json()["name"] == "The Cast"
    assert owner.patch("me", {}).json()["name"] == OWNER.name
    assert everything() == before

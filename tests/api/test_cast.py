"""Everybody × every endpoint: who may what, and that whoever may not changes nothing."""

from __future__ import annotations

import re

import pytest
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from accounts.api.representations import session_id
from accounts.models import ApiToken, Invitation, Role
from nozbe.encryption.models import Keyring
from tests.api.caller import Caller, everything
from tests.api.work_cases import WORK_CASES, world_of_work
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, PASSWORD, PEOPLE, STRANGER, the_strangers_team, the_team
from tests.keys import ready_keyring

pytestmark = pytest.mark.django_db

NOBODY = "nobody"
EVERYONE = ("owner", "admin", "member", "guest", "stranger")


def table(**allowed: int) -> dict[str, int]:
    """Role → status. Who is not named: 401 for nobody, 404 for a stranger."""
    return {NOBODY: 401, "stranger": 404} | allowed


def all_of_them(status: int) -> dict[str, int]:
    return {NOBODY: 401} | dict.fromkeys(EVERYONE, status)


MANAGERS = table(owner=200, admin=200, member=403, guest=403)
NOTHING_TO_MANAGE = table(owner=404, admin=404, member=403, guest=403)
CREATORS = table(owner=201, admin=201, member=403, guest=403)
OF_THE_TEAM = table(owner=200, admin=200, member=200, guest=200)
SIGN_UP = {"email": "new@example.com", "name": "N", "password": PASSWORD, "country": "PL", "time_zone": "UTC"}

CASES = [
    ("POST accounts", SIGN_UP, dict.fromkeys((NOBODY, *EVERYONE), 201)),
    ("POST tokens", {"email": OWNER.email, "password": PASSWORD}, dict.fromkeys((NOBODY, *EVERYONE), 201)),
    ("GET tokens", None, all_of_them(200)),
    ("DELETE tokens", None, all_of_them(204)),
    ("DELETE tokens/{my_token}", None, all_of_them(204)),
    ("DELETE tokens/{owners_token}", None, all_of_them(404) | {"owner": 204}),
    ("GET me", None, all_of_them(200)),
    ("PATCH me", {"name": "Somebody Else"}, all_of_them(200)),
    ("GET me/email", None, all_of_them(200)),
    ("POST me/email", {"email": "other@example.com", "password": PASSWORD}, all_of_them(202)),
    ("PUT me/password", {"password": PASSWORD, "new_password": "battery-staple-horse"}, all_of_them(204)),
    ("GET me/sessions", None, all_of_them(200)),
    ("DELETE me/sessions/{owners_session}", None, all_of_them(404) | {"owner": 204}),
    ("GET me/invitations", None, all_of_them(200)),
    ("POST me/invitations/{for_stranger}/acceptance", None, all_of_them(404) | {"stranger": 201}),
    ("POST invitations/acceptance", {"token": "{token_for_stranger}"}, all_of_them(403) | {"stranger": 201}),
    ("GET teams", None, all_of_them(200)),
    ("POST teams", {"name": "Another"}, all_of_them(201)),
    ("GET teams/{team}", None, OF_THE_TEAM),
    ("PATCH teams/{team}", {"name": "Renamed"}, MANAGERS),
    ("GET teams/{team}/owner", None, OF_THE_TEAM),
    ("PUT teams/{team}/owner", {"account": "{member}"}, table(owner=200, admin=403, member=403, guest=403)),
    ("PUT teams/{team}/owner", {"account": "0000000000000000"}, table(owner=404, admin=404, member=404, guest=404)),
    ("PUT teams/{team}/owner", {"account": "{stranger}"}, table(owner=404, admin=404, member=404, guest=404)),
    ("GET teams/{team}/members", None, OF_THE_TEAM),
    ("GET teams/{team}/members/{guest}", None, OF_THE_TEAM),
    ("PATCH teams/{team}/members/{guest}", {"role": "member"}, MANAGERS),
    ("GET teams/{team}/members/{stranger}", None, table(owner=404, admin=404, member=404, guest=404)),
    ("PATCH teams/{team}/members/{stranger}", {"role": "member"}, NOTHING_TO_MANAGE),
    ("PATCH teams/{team}/members/{admin}", {"role": "guest"}, MANAGERS),
    ("DELETE teams/{team}/members/{admin}", None, table(owner=204, admin=204, member=403, guest=403)),
    ("PATCH teams/{team}/members/{owner}", {"role": "member"}, table(owner=403, admin=403, member=403, guest=403)),
    ("DELETE teams/{team}/members/{guest}", None, table(owner=204, admin=204, member=403, guest=204)),
    ("DELETE teams/{team}/members/{owner}", None, table(owner=403, admin=403, member=403, guest=403)),
    ("DELETE teams/{team}/members/{stranger}", None, table(owner=404, admin=404, member=404, guest=404)),
    ("GET teams/{team}/invitations", None, MANAGERS),
    ("POST teams/{team}/invitations", {"email": "new@example.com", "role": "guest"}, CREATORS),
    ("GET teams/{team}/invitations/{for_stranger}", None, MANAGERS),
    ("DELETE teams/{team}/invitations/{for_stranger}", None, table(owner=204, admin=204, member=403, guest=403)),
    ("DELETE teams/{elsewhere}/invitations/{for_stranger}", None, table(owner=404, admin=404, member=404, guest=404)),
    ("GET teams/{elsewhere}/invitations/{for_stranger}", None, table(owner=404, admin=404, member=404, guest=404)),
]  # fmt: skip


@pytest.fixture
def world() -> dict[str, str]:
    """What the paths and bodies of the table speak of."""
    accounts = {person.role: person.account() for person in PEOPLE}
    team = the_team()
    invitation = Invitation.objects.invite(team, email=STRANGER.email, role=Role.GUEST, by=accounts["admin"])
    _row, _text = ApiToken.objects.issue(accounts["owner"], name="owner's", scope=ApiToken.READ)
    browser = Client()
    browser.force_login(accounts["owner"])
    session = UserSession.objects.create(
        user=accounts["owner"], ip="127.0.0.1", session_key=browser.session.session_key
    )
    ready_keyring(Keyring.TEAM)
    ready_keyring(Keyring.ACCOUNT)
    return {
        **{role: account.pk for role, account in accounts.items()},
        "team": team.pk,
        "elsewhere": the_strangers_team().pk,
        "for_stranger": invitation.pk,
        "token_for_stranger": invitation.token,
        "owners_token": _row.pk,
        "owners_session": session_id(session),
    }


def fill(template, world):
    if isinstance(template, dict):
        return {name: fill(value, world) for name, value in template.items()}
    if isinstance(template, list):
        return [fill(value, world) for value in template]
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda match: world[match.group(1)], template)
    return template


@pytest.mark.parametrize(("what", "body", "expected"), CASES, ids=[case[0] for case in CASES])
def test_everybody_may_what_the_table_says_and_nothing_else(world, what, body, expected):
    method, path = what.split()
    unknown = Caller(OWNER.account()).get("teams/0000000000000000")
    answers = {}
    for person in (*PEOPLE, None):
        with transaction.atomic():
            caller = Caller(person.account() if person else None)
            mine = ApiToken.objects.filter(account=person.account()).latest("created_at").pk if person else "0" * 16
            before = everything()
            answer = caller.ask(method, fill(path, world | {"my_token": mine}), fill(body, world))
            answers[person.role if person else NOBODY] = answer.status_code
            if answer.status_code >= 400:
                assert everything() == before
            if answer.status_code == 404:
                assert answer.content == unknown.content
                assert answer["Content-Type"] == unknown["Content-Type"]
            transaction.set_rollback(True)
    assert answers == expected


PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_may_with_work_what_its_table_says_and_nothing_else(world, part):
    """Many cases in one world, each taken back: to make it costs more than to ask."""
    accounts = {person.role: person.account() for person in PEOPLE}
    known = world | world_of_work(the_team(), accounts)
    callers = {role: Caller(account) for role, account in accounts.items()} | {NOBODY: Caller()}
    unknown = callers["owner"].get("teams/0000000000000000")
    before = everything()
    wrong = []
    for what, body, expected in WORK_CASES[part::PARTS]:
        method, path = what.split()
        for role, caller in callers.items():
            with transaction.atomic():
                answer = caller.ask(method, fill(path, known), fill(body, known))
                if answer.status_code != expected[role]:
                    wrong.append((what, role, answer.status_code, answer.content))
                if answer.status_code >= 400:
                    assert everything() == before, (what, role)
                if answer.status_code == 404:
                    assert (answer.content, answer["Content-Type"]) == (unknown.content, unknown["Content-Type"]), what
                transaction.set_rollback(True)
    assert wrong == []


WITHOUT_A_TRANSACTION = [
    ("GET sync", None, all_of_them(200)),
    ("POST sync", {}, all_of_them(409)),  # pull first
    ("GET sync/schema", None, all_of_them(200)),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("what", "body", "expected"), WITHOUT_A_TRANSACTION)
def test_everybody_may_sync_and_sees_their_own(what, body, expected):
    """It begins transactions of its own. Who sees what is held in tests/sync."""
    the_team()
    for person in (*PEOPLE, None):
        caller = Caller(person.account() if person else None)
        before = everything()
        assert caller.ask(*what.split(), body).status_code == expected[person.role if person else NOBODY]
        assert everything() == before


def test_every_endpoint_and_method_is_in_the_table():
    described = set()
    for pattern in api_patterns(get_resolver().url_patterns):
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(pattern.callback.view_class, method):
                described.add((method.upper(), re.sub(r"<id:\w+>", "*", str(pattern.pattern))))
    tried = {
        (what.split()[0], re.sub(r"\{\w+\}", "*", what.split()[1]))
        for what, _body, _expected in [*CASES, *WORK_CASES, *WITHOUT_A_TRANSACTION]
    }
    assert tried == described


def api_patterns(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from api_patterns(pattern.url_patterns)
        elif hasattr(getattr(pattern, "callback", None), "view_class") and str(pattern.name).startswith("api-"):
            yield pattern


@pytest.mark.parametrize("person", [MEMBER, GUEST, ADMIN], ids=lambda person: person.role)
def test_a_token_for_reading_changes_nothing(world, person):
    caller = Caller(person.account(), scope=ApiToken.READ)
    world |= world_of_work(the_team(), {role.role: role.account() for role in PEOPLE})
    before = everything()
    for what, body, _expected in [*CASES, *WORK_CASES]:
        method, path = what.split()
        if method != "GET" and path not in ("accounts", "tokens", "teams/{team}/search"):
            answer = caller.ask(method, fill(path, world | {"my_token": "0" * 16}), fill(body, world))
            assert answer.status_code == 403, what
    assert everything() == before
    assert caller.get("me").status_code == 200

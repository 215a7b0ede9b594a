"""Our own pages ask the API by their session: with a CSRF token, and for the gravest things asked again."""

from __future__ import annotations

import json
import time

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as WebSessions
from django.test import Client

from accounts.models import Account, Role
from support.models import Staff
from support.sessions.support import SessionStore as SupportSessions
from tests.accounts.entrance import confirm_identity, sign_in
from tests.api.caller import Caller, everything
from tests.cast import ADMIN, MEMBER, OWNER, PASSWORD, SUPPORT, the_team
from tests.conftest import as_owner


def put_owner(browser: Client, team: str, to: Account):
    return browser.put(f"/api/v1/teams/{team}/owner", json.dumps({"account": to.pk}), "application/json")


@pytest.mark.django_db
def test_a_page_needs_its_csrf_token_to_change_anything():
    OWNER.account()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(OWNER.account())
    browser.get("/settings")
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    body, before = json.dumps({"name": "Somebody Else"}), everything()
    for headers in ({}, {"X-CSRFToken": token[::-1]}):
        answer = browser.patch("/api/v1/me", body, "application/json", headers=headers)
        assert answer.status_code == 403
        assert everything() == before
    assert browser.get("/api/v1/me").json()["name"] == OWNER.name
    answer = browser.patch("/api/v1/me", body, "application/json", headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.json()["name"]) == (200, "Somebody Else")


@pytest.mark.django_db
def test_a_browser_that_was_left_open_hands_no_team_over_before_its_person_is_asked_again():
    team, heir = the_team(), MEMBER.account()
    browser = Client()
    sign_in(browser, OWNER)
    browser.get("/settings")  # notes that the session was used
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT - 1
    session.save()
    before = everything()
    answer = put_owner(browser, team.pk, heir)
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm_it_is_you")
    assert everything() == before
    confirm_identity(browser)
    assert put_owner(browser, team.pk, heir).status_code == 200
    assert team.owner_membership().account == heir


@pytest.mark.django_db
def test_who_may_not_hand_over_is_told_that_and_is_not_asked_again():
    team = the_team()
    browser = Client()
    browser.force_login(ADMIN.account())
    assert put_owner(browser, team.pk, MEMBER.account()).json()["code"] == "not_allowed"


@pytest.mark.django_db
def test_a_program_hands_over_by_its_token():
    team = the_team()
    assert Caller(OWNER.account()).put(f"teams/{team.pk}/owner", {"account": MEMBER.account().pk}).status_code == 200
    assert team.role_of(OWNER.account()) == Role.ADMIN


@pytest.mark.django_db(transaction=True)
def test_staff_are_nobody_here():
    """Signed in at the support site: neither that session nor the same in the web site's own table opens it."""
    account = OWNER.account()
    statuses = {}
    with as_owner():
        robin = Staff.objects.appoint(email=SUPPORT.email, pseudonym=SUPPORT.name, password=PASSWORD)
    for person, backend in (
        (account, settings.AUTHENTICATION_BACKENDS[0]),
        (robin, "support.backends.SupportBackend"),
        (robin, settings.AUTHENTICATION_BACKENDS[0]),
    ):
        for sessions in (WebSessions, SupportSessions):
            store = sessions()
            store[SESSION_KEY], store[BACKEND_SESSION_KEY] = person.pk, backend
            store[HASH_SESSION_KEY] = person.get_session_auth_hash()
            with as_owner():
                store.save()
            for cookie in ("nozbe_session", "nozbe_support_session"):
                caller = Caller()
                caller.client.cookies[cookie] = store.session_key
                statuses[person.pk, backend, sessions, cookie] = caller.get("me").status_code
    own = (account.pk, settings.AUTHENTICATION_BACKENDS[0], WebSessions, settings.SESSION_COOKIE_NAME)
    assert {key for key, status in statuses.items() if status == 200} == {own}
    assert set(statuses.values()) == {200, 401}

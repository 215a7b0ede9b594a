"""Signing in a program, whatever it already has."""

from __future__ import annotations

import json
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from tests.cast import OWNER, PASSWORD

SIGN_IN = {"email": OWNER.email, "password": PASSWORD}


def test_a_program_whose_token_has_expired_gets_another(owner):
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert owner.get("me").status_code == 401
    assert owner.post("tokens", SIGN_IN).status_code == 201


def test_a_browser_that_is_signed_in_may_ask_for_a_token_too(db):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(OWNER.account())
    answer = browser.post("/api/v1/tokens", json.dumps(SIGN_IN), "application/json")
    assert answer.status_code == 201


def test_a_token_is_shown_this_once_and_kept_as_a_hash(owner):
    made = owner.post("tokens", SIGN_IN | {"label": "Backup", "scope": "read"}).json()
    listed = owner.get("tokens").json()["results"]
    assert [row for row in listed if row["id"] == made["id"]] == [{k: v for k, v in made.items() if k != "token"}]
    assert made["token"].encode().hex() not in ApiToken.objects.get(pk=made["id"]).token_hash.hex()
    assert made["token"] not in json.dumps(listed)


def test_a_revoked_token_opens_nothing_and_says_no_more_than_an_unknown_one(owner):
    answer = owner.delete("tokens")
    assert answer.status_code == 204
    revoked = owner.get("me")
    owner.headers["Authorization"] = "Bearer nozbe_" + "x" * 43
    assert (revoked.status_code, revoked.content) == (401, owner.get("me").content)

"""The same request sent twice with one key acts once."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.urls import get_resolver
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Account, ApiToken, Invitation, Role, Team
from nozbe.api.jobs import forget_old_answers
from nozbe.api.models import StoredAnswer
from nozbe.encryption.keys import cache
from nozbe.encryption.models import Keyring
from tests.api.caller import everything
from tests.api.test_cast import api_patterns
from tests.cast import OWNER, PASSWORD, STRANGER, new_team, the_team
from tests.keys import ready_keyring

KEY = {"Idempotency_Key": "a-key-of-the-caller"}


def test_a_team_is_started_once_and_the_answer_is_the_same(owner, keys_for_teams):
    first = owner.post("teams", {"name": "Once"}, **KEY)
    again = owner.post("teams", {"name": "Once"}, **KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Team.objects.count() == 1


def test_without_a_key_or_with_another_it_acts_again(owner, keys_for_teams):
    for headers in ({}, {"Idempotency_Key": "1"}, {"Idempotency_Key": "2"}):
        assert owner.post("teams", {"name": "Again"}, **headers).status_code == 201
    assert Team.objects.count() == 3


def test_a_key_belongs_to_its_account(owner, stranger, keys_for_teams):
    ids = {caller.post("teams", {"name": "Mine"}, **KEY).json()["id"] for caller in (owner, stranger)}
    assert len(ids) == 2


@pytest.mark.parametrize(("path", "body"), [("teams", {"name": "Other"}), ("me/email", {"name": "Once"})])
def test_a_key_is_not_used_for_another_request(owner, keys_for_teams, path, body):
    owner.post("teams", {"name": "Once"}, **KEY)
    before = everything()
    answer = owner.post(path, body, **KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert everything() == before


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "ü", "\x7f"])
def test_a_key_that_is_none_is_refused(owner, keys_for_teams, key):
    before = everything()
    answer = owner.post("teams", {"name": "Once"}, Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert everything() == before


def test_a_refusal_is_not_kept_so_the_next_try_may_succeed(owner, team):
    assert owner.post("teams", {"name": "Later"}, **KEY).status_code == 503  # no key is ready
    ready_keyring(Keyring.TEAM)
    assert owner.post("teams", {"name": "Later"}, **KEY).status_code == 201


def test_what_is_kept_is_sealed(owner):
    account = OWNER.account()
    body = {"email": OWNER.email, "password": PASSWORD, "label": "canary-label"}
    token = owner.post("tokens", body, **KEY).json()["token"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer, api_storedanswer::text FROM api_storedanswer")
        (sealed, text), *others = cursor.fetchall()
    assert others == []
    for canary in (token, "canary-label", KEY["Idempotency_Key"]):
        assert canary.encode() not in bytes(sealed)
        assert canary not in text
        assert canary.encode().hex() not in text
    cache.forget()
    assert owner.post("tokens", body, **KEY).json()["token"] == token
    assert ApiToken.objects.filter(account=account).count() == 2  # the caller's own, and this


def test_a_repeated_request_for_a_token_still_needs_the_password(owner):
    body = {"email": OWNER.email, "password": PASSWORD}
    owner.post("tokens", body, **KEY)
    assert owner.post("tokens", body | {"password": "wrong"}, **KEY).status_code == 401


def test_who_was_removed_gets_no_answer_again_that_shows_the_team(stranger, team):
    """They joined by a key, and asked with it again once they were out."""
    team = the_team()
    new_team("So that they stay signed in", owner=STRANGER.account())
    invitation = Invitation.objects.invite(team, email=STRANGER.email, role=Role.ADMIN, by=OWNER.account())
    posts = [
        ("invitations/acceptance", {"token": invitation.token}),
        (f"teams/{team.pk}/invitations", {"email": "somebody@example.com", "role": "guest"}),
    ]
    for number, (path, body) in enumerate(posts):
        key = {"Idempotency_Key": f"key-{number}"}
        answers = [stranger.post(path, body, **key) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[1]["Idempotency-Replayed"] == "true"
    team.change_role(STRANGER.account().pk, Role.GUEST, by=OWNER.account())
    assert stranger.post(*posts[1], Idempotency_Key="key-1").status_code == 403
    team.remove_member(STRANGER.account().pk, by=OWNER.account())
    before = everything()
    for number, (path, body) in enumerate(posts):
        assert stranger.post(path, body, Idempotency_Key=f"key-{number}").status_code == 404
    assert everything() == before


def test_signing_up_twice_makes_one_account_and_sends_one_mail(nobody, keys_for_accounts):
    body = {"email": "new@example.com", "name": "N", "password": PASSWORD, "country": "PL", "time_zone": "UTC"}
    answers = [nobody.post("accounts", body, **KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Account.objects.filter(email="new@example.com").count() == 1
    assert len(mail.outbox) == 1


def test_answers_are_forgotten_after_a_day(owner, keys_for_teams):
    owner.post("teams", {"name": "Old"}, Idempotency_Key="old")
    owner.post("teams", {"name": "New"}, Idempotency_Key="new")
    StoredAnswer.objects.filter(pk=StoredAnswer.objects.earliest("created_at").pk).update(
        created_at=timezone.now() - timedelta(hours=24, seconds=1)
    )
    assert forget_old_answers() == 1
    assert forget_old_answers() == 0
    owner.post("teams", {"name": "New"}, Idempotency_Key="new")
    assert Team.objects.count() == 2
    owner.post("teams", {"name": "Old"}, Idempotency_Key="old")
    assert Team.objects.count() == 3


def test_every_post_heeds_the_key():
    """A view with a POST writes `create` only, or `ask` only, or is named here for how it heeds the key itself."""
    own = {"Accounts", "Tokens", "Sync"}  # the same push once more does nothing, with a key or without
    for pattern in api_patterns(get_resolver().url_patterns):
        view = pattern.callback.view_class
        if hasattr(view, "post") and view.__name__ not in own:
            inherited = ("Creating.post", "Asking.post")
            assert "post" not in vars(view) or vars(view)["post"].__wrapped__.__qualname__ in inherited, view


def test_the_table_of_answers_holds_no_hash_to_try_passwords_on(owner):
    body = {"email": OWNER.email, "password": PASSWORD}
    owner.post("tokens", body, **KEY)
    [stored] = StoredAnswer.objects.values_list("request_hash", flat=True)
    said = json.dumps(["POST", "/api/v1/tokens", body], sort_keys=True)
    assert bytes(stored) != hashlib.sha256(said.encode()).digest()
    with override_settings(SECRET_KEY="another-secret-of-another-site"):
        assert bytes(stored) != salted_hmac("nozbe.api.idempotency", said, algorithm="sha256").digest()
    assert bytes(stored) == salted_hmac("nozbe.api.idempotency", said, algorithm="sha256").digest()

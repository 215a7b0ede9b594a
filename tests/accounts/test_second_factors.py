"""Codes of a second factor: each good once, and guessed slowly."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from accounts.models import ApiToken
from tests.api.caller import Caller
from tests.cast import OWNER, PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret() -> str:
    """Of OWNER's authenticator app."""
    secret = generate_totp_secret()
    TOTP.activate(OWNER.account(), secret)
    return secret


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(code: str):
    return Caller().post("tokens", {"email": OWNER.email, "password": PASSWORD, "otp": code})


def in_one_step() -> None:
    """Codes change every thirty seconds; a test that needs one to stay begins with the next."""
    left = 30 - time.time() % 30
    if left < 3:
        time.sleep(left)


def test_a_code_opens_once(secret):
    in_one_step()
    code = code_of(secret)
    assert sign_in(code).status_code == 201
    answer = sign_in(code)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_code")
    assert ApiToken.objects.count() == 1


def test_a_code_opens_once_also_while_valkey_is_away_and_by_whatever_door(secret, settings):
    in_one_step()
    code = code_of(secret)
    client = Client()
    client.post("/sign-in", {"login": OWNER.email, "password": PASSWORD})
    assert client.post("/sign-in/second-factor", {"code": code}).status_code == 302
    assert "_auth_user_id" in client.session
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    assert sign_in(code).status_code == 403


def test_a_code_older_than_the_last_used_one_opens_nothing(secret, settings):
    settings.MFA_TOTP_TOLERANCE = 1
    in_one_step()
    assert sign_in(code_of(secret)).status_code == 201
    assert sign_in(code_of(secret, steps=-1)).status_code == 403
    assert sign_in(code_of(secret, steps=1)).status_code == 201


def test_a_recovery_code_opens_once(secret):
    first, second = RecoveryCodes.activate(OWNER.account()).get_unused_codes()[:2]
    assert [sign_in(code).status_code for code in (first, first, second)] == [201, 403, 201]


@pytest.mark.parametrize("code", ["", "1", "abcdef", "000000\x00", "１２３４５６", "9" * 40])
def test_what_is_no_code_is_wrong(secret, code):
    assert sign_in(code).status_code in (400, 403)
    assert ApiToken.objects.count() == 0


def test_five_wrong_codes_and_then_one_waits_longer_and_longer_by_every_door(secret, clock):
    in_one_step()
    assert [sign_in("000000").status_code for _ in range(5)] == [403] * 5
    answer = sign_in(code_of(secret))
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "too_many_guesses", "5")

    client = Client()
    client.post("/sign-in", {"login": OWNER.email, "password": PASSWORD})
    answer = client.post("/sign-in/second-factor", {"code": code_of(secret)})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert "_auth_user_id" not in client.session

    clock.forward(5)
    assert sign_in("000000").status_code == 403
    assert sign_in("000000").headers["Retry-After"] == "10"
    clock.forward(10)
    assert sign_in(code_of(secret)).status_code == 201


def test_an_attacker_who_has_the_password_does_not_lock_the_owner_out_of_their_device(secret, clock):
    in_one_step()
    device = Client()
    device.post("/sign-in", {"login": OWNER.email, "password": PASSWORD})
    device.post("/sign-in/second-factor", {"code": code_of(secret)})
    device.post("/sign-out")
    assert [sign_in("000000").status_code for _ in range(6)] == [403] * 5 + [429]

    codes = RecoveryCodes.activate(OWNER.account()).get_unused_codes()
    device.post("/sign-in", {"login": OWNER.email, "password": PASSWORD})
    device.post("/sign-in/second-factor", {"code": codes[0]})
    assert "_auth_user_id" in device.session

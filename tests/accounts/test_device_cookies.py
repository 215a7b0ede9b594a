"""Whoever attacks an account does not lock its owner out (accounts.device_cookies)."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client

from tests.accounts.entrance import path_in_mail
from tests.api.caller import Caller
from tests.cast import MEMBER, OWNER, PASSWORD, Person, new_account

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another-long-password"


def sign_in(client: Client, person: Person, password: str = PASSWORD):
    return client.post("/sign-in", {"login": person.email, "password": password})


def known_device(person: Person) -> Client:
    """A browser that the person has signed in with, and out."""
    person.account()
    client = Client()
    assert sign_in(client, person).status_code == 302
    client.post("/sign-out")
    return client


def reset_password(client: Client, person: Person, password: str) -> None:
    client.post("/password/reset", {"email": person.email})
    form = client.get(path_in_mail()).headers["Location"]
    assert client.post(form, {"password1": password}).status_code == 302


def attack(person: Person) -> None:
    """From everywhere, until the account's limit is reached."""
    for n in range(6):
        given = {"email": person.email, "password": "wrong"}
        status = Caller().post("tokens", given, X_Forwarded_For=f"203.0.113.{n}").status_code
    assert status == 429


def test_during_an_attack_the_owner_gets_in_with_a_device_they_know(clock):
    device = known_device(OWNER)
    attack(OWNER)
    assert sign_in(device, OWNER).status_code == 302
    assert "_auth_user_id" in device.session


def test_without_a_known_device_one_waits_and_is_told_how_long(clock):
    OWNER.account()
    attack(OWNER)
    client = Client()
    answer = sign_in(client, OWNER)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert "Wait 2 seconds, then try again." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    clock.forward(2)
    assert sign_in(client, OWNER).status_code == 302


def test_a_device_known_for_one_account_helps_with_no_other(clock):
    device = known_device(MEMBER)
    OWNER.account()
    attack(OWNER)
    assert sign_in(device, OWNER).status_code == 429


def test_an_address_that_looks_like_another_gets_no_device_of_its_account(clock):
    OWNER.account()
    device = Client()
    lookalike = new_account(email="owner@ex\u00e4mple.com", name="Evil")
    device.post("/sign-in", {"login": lookalike.email, "password": PASSWORD})
    device.post("/sign-out")
    assert settings.DEVICE_COOKIE_NAME in device.cookies
    attack(OWNER)
    assert sign_in(device, OWNER).status_code == 429


def test_a_made_up_or_altered_cookie_is_no_known_device(clock):
    device = known_device(OWNER)
    genuine = device.cookies[settings.DEVICE_COOKIE_NAME].value
    attack(OWNER)
    for cookie in ("", "made-up", genuine[:-1] + ("A" if genuine[-1] != "A" else "B"), "x" + genuine):
        device.cookies[settings.DEVICE_COOKIE_NAME] = cookie
        assert sign_in(device, OWNER).status_code == 429


def test_a_stolen_device_guesses_at_a_pace_of_its_own_which_is_slow_too(clock):
    stolen = known_device(OWNER)
    assert [sign_in(stolen, OWNER, "wrong").status_code for _ in range(11)] == [200] * 10 + [429]
    assert sign_in(Client(), OWNER).status_code == 302, "others are not counted with it"


def test_a_device_is_known_for_several_accounts(clock):
    device = known_device(OWNER)
    MEMBER.account()
    sign_in(device, MEMBER)
    device.post("/sign-out")
    for person in (OWNER, MEMBER):
        attack(person)
        assert sign_in(device, person).status_code == 302
        device.post("/sign-out")


def test_the_cookie_is_for_our_pages_only_and_names_nobody(clock):
    cookie = known_device(OWNER).cookies[settings.DEVICE_COOKIE_NAME]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    assert int(cookie["max-age"]) == 365 * 24 * 3600
    assert OWNER.email not in cookie.value
    assert OWNER.account().pk not in cookie.value


def test_a_reset_by_mail_is_always_open_and_makes_the_device_known(clock):
    OWNER.account()
    attack(OWNER)
    device = Client()
    reset_password(device, OWNER, NEW_PASSWORD)
    assert OWNER.account().check_password(NEW_PASSWORD)
    attack_goes_on = Caller().post("tokens", {"email": OWNER.email, "password": NEW_PASSWORD})
    assert attack_goes_on.status_code == 429
    assert sign_in(device, OWNER, NEW_PASSWORD).status_code == 302


def test_a_reset_by_mail_gives_no_fresh_guesses_at_codes(clock):
    """Else whoever reads somebody's mail would guess their second factor, five codes for each reset."""
    TOTP.activate(OWNER.account(), generate_totp_secret())
    answers = []
    for number in range(2):
        device, password = Client(), f"battery-staple-{number}"
        reset_password(device, OWNER, password)
        sign_in(device, OWNER, password)
        answers += [device.post("/sign-in/second-factor", {"code": "000000"}).status_code for _ in range(3)]
    assert answers == [200] * 5 + [429]

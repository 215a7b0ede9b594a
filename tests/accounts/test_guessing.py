"""Guessing is slowed, then refused for a while, whatever is guessed; whoever is right gets in after the wait."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client

from accounts.errors import TooManyGuesses
from accounts.guessing import LIMITS, Limit, Tally, account_key
from accounts.models import ApiToken, Invitation, Role
from tests.api.caller import Caller
from tests.cast import OWNER, PASSWORD, STRANGER, the_team

pytestmark = pytest.mark.django_db

HERE, THERE = "203.0.113.7", "198.51.100.9"
NOBODY = "nobody@example.com"


def guess(email: str = OWNER.email, password: str = "wrong", *, of: str = HERE):
    return Caller().post("tokens", {"email": email, "password": password}, X_Forwarded_For=of)


def wait_of(answer) -> int:
    """What one has to wait, of a refusal to let somebody guess."""
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_guesses")
    assert answer.json()["errors"] == []
    return int(answer.headers["Retry-After"])


@pytest.mark.parametrize("email", [OWNER.email, NOBODY])
def test_wrong_passwords_are_slowed_more_and_more_whether_or_not_there_is_such_an_account(email, clock):
    OWNER.account()
    assert [guess(email).status_code for _ in range(5)] == [401] * 5
    waits = []
    for _ in range(11):
        waits.append(wait_of(guess(email)))
        assert wait_of(guess(email)) == waits[-1], "being refused costs nothing more"
        clock.forward(waits[-1])
        assert guess(email).status_code == 401
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_the_right_password_waits_too_so_that_nobody_learns_it_meanwhile(clock):
    OWNER.account()
    for _ in range(5):
        guess()
    assert wait_of(guess(password=PASSWORD)) == 2
    assert ApiToken.objects.count() == 0
    clock.forward(2)
    assert guess(password=PASSWORD).status_code == 201


def test_an_attack_from_everywhere_is_slowed_by_account_and_forgotten_after_two_days(clock):
    OWNER.account()
    assert [guess(of=f"203.0.113.{n}").status_code for n in range(7)] == [401] * 5 + [429] * 2
    clock.forward(2 * 24 * 3600)
    assert [guess(of=f"203.0.113.{n}").status_code for n in range(5)] == [401] * 5


def test_one_guess_at_each_of_many_accounts_is_slowed_by_client_address_and_by_nothing_forged(clock):
    OWNER.account()
    STRANGER.account()
    for n in range(30):
        assert guess(f"somebody{n}@example.com", of=f"10.0.0.{n}, {HERE}").status_code == 401
    assert wait_of(guess("another@example.com", of=f"{THERE}, {HERE}")) == 1
    assert wait_of(guess(STRANGER.email, PASSWORD)) == 1
    assert guess(OWNER.email, PASSWORD, of=THERE).status_code == 201


def test_being_right_in_between_does_not_wipe_out_what_was_wrong(clock):
    STRANGER.account()
    for n in range(30):
        assert guess(f"somebody{n}@example.com").status_code == 401
        if n < 29:
            assert guess(STRANGER.email, PASSWORD).status_code == 201
    assert wait_of(guess("another@example.com")) == 1


def test_being_right_costs_nothing(clock):
    OWNER.account()
    assert {guess(password=PASSWORD).status_code for _ in range(40)} == {201}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("owner@example.com", " OWNER@Example.com "),
        ("dimitri@example.com", "d\u0131mitri@example.com"),
        ("ivan@example.com", "\u0130van@example.com"),
        ("kim@example.com", "\u212aim@example.com"),
    ],
)
def test_all_ways_to_type_an_address_count_as_one(one, other):
    assert account_key(one) == account_key(other)


def test_a_whole_network_of_a_home_counts_as_one(clock):
    for n in range(30):
        guess(f"somebody{n}@example.com", of=f"2001:db8:1:2::{n:x}")
    assert wait_of(guess(NOBODY, of="2001:db8:1:2:ffff::1")) == 1
    assert guess(NOBODY, of="2001:db8:1:3::1").status_code == 401


def test_of_many_guesses_at_the_same_moment_no_more_go_through_than_one_after_another(clock):
    limit = Limit(free=3, per=60, first_wait=2, longest_wait=60)
    at_once = [Tally("at-once", limit) for _ in range(10)]
    assert [tally.seconds_left(clock()) for tally in at_once] == [0] * 10
    taken = [tally for tally in at_once if tally.take(clock()) == 0]
    assert len(taken) == 4  # the one that finds three wrong ones waits for nobody yet
    assert Tally("at-once", limit).seconds_left(clock()) == 4


def test_limits_hold_while_valkey_is_away(settings, clock):
    OWNER.account()
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    assert [guess().status_code for _ in range(6)] == [401] * 5 + [429]
    clock.forward(2)
    assert guess(password=PASSWORD).status_code == 201


def test_valkey_holds_neither_peoples_addresses_nor_their_machines(clock):
    owner = Caller(OWNER.account())
    guess()
    Caller().get("me", Authorization="Bearer wrong", X_Forwarded_For=HERE)
    owner.get("me")
    owner.post("me/email", {"email": NOBODY, "password": PASSWORD})
    keys = redis.Redis.from_url(django_settings.VALKEY_URL).keys("*")
    assert {kind for kind in (b":guess:", b":throttle_", b":mailbox:") for key in keys if kind in key} == {
        b":guess:",
        b":throttle_",
        b":mailbox:",
    }
    told = (OWNER.account().pk.encode(), b"owner", b"nobody", b"203.0", b"127.0.0.1")
    assert not [key for key in keys if any(part in key for part in told)]


def test_strangers_who_guess_do_not_stop_somebody_who_is_signed_in_from_proving_who_they_are(clock):
    owner = Caller(OWNER.account())
    for _ in range(6):
        guess()
    given = {"password": PASSWORD, "new_password": "another-long-password"}
    assert owner.ask("PUT", "me/password", given).status_code == 204


def test_somebody_with_a_stolen_token_guesses_the_password_slowly(clock):
    thief = Caller(OWNER.account())
    answers = [thief.put("me/password", {"password": "wrong", "new_password": "mine-from-now-on"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert wait_of(answers[-1]) == 1
    assert OWNER.account().check_password(PASSWORD)


def test_wrong_tokens_are_refused_faster_and_a_right_one_from_there_still_opens(clock):
    owner = Caller(OWNER.account())
    limit = LIMITS["token"]["address"]

    def wrong(*, of: str = HERE):
        return Caller().get("me", Authorization="Bearer nozbe_wrong", X_Forwarded_For=of)

    assert {wrong().status_code for _ in range(limit.free)} == {401}
    assert wait_of(wrong()) == 1
    assert owner.get("me", X_Forwarded_For=HERE).status_code == 200
    assert wrong(of=THERE).status_code == 401
    clock.forward(1)
    assert wrong().status_code == 401


def test_made_up_invitation_links_are_refused_faster_and_a_real_one_still_opens(clock):
    team = the_team()
    invitation = Invitation.objects.invite(team, email=STRANGER.email, role=Role.MEMBER, by=OWNER.account())
    stranger = Caller(STRANGER.account())

    def follow(token: str):
        return stranger.post("invitations/acceptance", {"token": token}, X_Forwarded_For=HERE)

    limit = LIMITS["invitation"]["address"]
    assert {follow(f"made-up:{n}").status_code for n in range(limit.free)} == {404}
    assert wait_of(follow(invitation.token + "x")) == 2
    assert not team.memberships.filter(account=STRANGER.account()).exists()
    page = Client().get("/invitations/made-up", headers={"X-Forwarded-For": HERE})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "2")
    assert follow(invitation.token).status_code == 201


def test_each_limit_lets_people_mistype_and_grows_to_a_wait_that_ends():
    for by in LIMITS.values():
        for limit in by.values():
            assert limit.free >= 5
            assert limit.wait_after(limit.free - 1) == 0
            assert limit.wait_after(limit.free) == limit.first_wait
            assert limit.wait_after(10**6) == limit.longest_wait <= 15 * 60


def test_a_refusal_says_for_how_long_in_words():
    texts = [TooManyGuesses(seconds).detail for seconds in (0.2, 2, 61)]
    assert [text.split("Wait ")[1] for text in texts] == [
        "1 second, then try again.",
        "2 seconds, then try again.",
        "2 minutes, then try again.",
    ]

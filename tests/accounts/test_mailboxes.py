"""Nobody's mailbox is flooded by those who only know its address, and nobody learns from it who has an account."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from accounts.mailboxes import has_room
from tests.api.caller import Caller
from tests.cast import OWNER, PASSWORD, STRANGER
from tests.keys import ready_keyring

pytestmark = pytest.mark.django_db

NOBODY = "nobody@example.com"


def sent_to(email: str) -> int:
    return sum(email in message.to for message in mail.outbox)


def sign_up(email: str):
    given = {"name": "N", "password": "a-long-enough-password", "country": "PL", "time_zone": "Europe/Warsaw"}
    return Caller().post("accounts", given | {"email": email})


@pytest.mark.parametrize("email", [OWNER.email, NOBODY])
def test_somebody_elses_sign_ups_send_a_few_mails_and_answer_the_same(email, clock):
    OWNER.account()
    ready_keyring("account")
    ready_keyring("account")  # one stays, else whoever has an account is answered as if they had none: try again
    answers = [sign_up(email) for _ in range(8)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sent_to(email) == 5
    clock.forward(3600)
    sign_up(email)
    assert sent_to(email) == 6


@pytest.mark.parametrize("email", [OWNER.email, NOBODY])
def test_resets_somebody_else_asks_for_send_a_few_mails_and_answer_the_same(email, clock):
    OWNER.account()
    answers = [Client().post("/password/reset", {"email": email}) for _ in range(8)]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, "/password/reset/sent")}
    assert sent_to(email) == 5


def test_a_flood_of_sign_ups_does_not_use_up_the_resets(clock):
    OWNER.account()
    for _ in range(6):
        sign_up(OWNER.email)
    before = sent_to(OWNER.email)
    Client().post("/password/reset", {"email": OWNER.email})
    assert sent_to(OWNER.email) == before + 1


def test_changes_of_address_that_others_ask_for_do_not_use_up_ones_own(clock):
    stranger, owner = Caller(STRANGER.account()), Caller(OWNER.account())
    wanted = {"email": NOBODY, "password": PASSWORD}
    assert {stranger.post("me/email", wanted).status_code for _ in range(8)} == {202}
    assert sent_to(NOBODY) == 5
    assert owner.post("me/email", wanted).status_code == 202
    assert sent_to(NOBODY) == 6


def test_all_who_ask_for_changes_to_one_address_have_a_share_together(clock):
    room = [has_room(NOBODY, name="new_address", asker=str(asker)) for asker in range(10) for _ in range(4)]
    assert room == [True] * 30 + [False] * 10


def test_news_about_ones_own_account_always_come(clock):
    assert {has_room(OWNER.email, name="password_changed") for _ in range(20)} == {True}

from __future__ import annotations

from base64 import urlsafe_b64decode

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Account
from accounts.sealing import PREFIX
from tests.accounts.entrance import (
    confirm_identity,
    path_in_mail,
    set_up_app,
    sign_in,
    signed_in,
    verbs,
    without_tokens,
)
from tests.cast import ADMIN, MEMBER, OWNER

pytestmark = pytest.mark.django_db

NEW = "mia.new@example.com"


@pytest.fixture
def asked(client) -> str:
    """Where the link leads that MEMBER, signed in, was mailed to the new address."""
    MEMBER.account()
    sign_in(client, MEMBER)
    confirm_identity(client)
    client.post("/settings/email", {"email": NEW})
    return path_in_mail()


def test_a_new_address_counts_once_it_is_proved_and_the_old_one_is_told(client, asked):
    assert Account.objects.get().email == MEMBER.email
    assert NEW in client.get(asked).content.decode()
    client.post(asked)
    account = Account.objects.get()
    assert (account.email, account.verified_addresses()) == (NEW, [NEW])
    assert signed_in(client)
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        ([NEW], "Confirm your new email address"),
        ([MEMBER.email], "Your email address was changed"),
    ]
    assert verbs()[-1] == "email.changed"
    assert client.post(asked).status_code == 404  # once


def test_the_link_counts_for_nobody_else_and_for_no_visitor(client, asked):
    """Else whoever reads mail at a mistyped address could take over the account."""
    assert Client().post(asked).headers["Location"].startswith("/sign-in?next=")
    ADMIN.account()
    other = Client()
    sign_in(other, ADMIN)
    assert (other.get(asked).status_code, other.post(asked).status_code) == (404, 404)
    assert client.get(asked[:-1] + "x").status_code == 404
    assert set(Account.objects.values_list("email", flat=True)) == {MEMBER.email, ADMIN.email}


def test_nobody_reads_an_address_out_of_the_link(asked):
    token = asked.rpartition("/")[2].partition(":")[0]
    assert token.isascii()
    inner = urlsafe_b64decode(token + "==").decode()
    for written in (token, inner, urlsafe_b64decode(inner.strip('"').removeprefix(PREFIX) + "==").decode("latin-1")):
        for part in (NEW, MEMBER.email, "@example"):
            assert part not in written


def test_a_mistyped_address_opens_nothing_before_it_is_proved(client, asked):
    Client().post("/password/reset", {"email": NEW})
    assert mail.outbox[-1].subject == "There is no account with this address"


def test_a_taken_address_gets_the_same_answer_and_only_its_owner_is_told(client, asked):
    OWNER.account()
    client.get("/settings/email")  # says what the fixture's request did
    told = []
    for email in (OWNER.email, "free@example.com"):
        answer = client.post("/settings/email", {"email": email.upper()}, follow=True)
        told.append((answer.redirect_chain, without_tokens(answer).replace(email, "…")))
    assert told[0] == told[1]
    assert [(sent.to, sent.subject) for sent in mail.outbox[1:]] == [
        ([OWNER.email], "This address has an account already"),
        (["free@example.com"], "Confirm your new email address"),
    ]


def test_an_address_that_was_taken_meanwhile_stays_whose_it_is(client, asked):
    other = OWNER.account()
    other.change_address(NEW)
    page = client.post(asked, follow=True)
    assert "belongs to another account" in page.content.decode()
    assert MEMBER.account().email == MEMBER.email
    assert len(mail.outbox) == 1


def test_without_mail_to_the_old_address_nothing_changes(client, asked, no_mail_server):
    assert client.post(asked).status_code == 503
    assert Account.objects.get().email == MEMBER.email
    assert "email.changed" not in verbs()


@pytest.mark.parametrize("email", ["", "nobody", MEMBER.email, "a" * 300 + "@example.com", "zero\x00@example.com"])
def test_what_will_not_do_is_said_at_the_field(client, asked, email):
    page = client.post("/settings/email", {"email": email})
    assert list(page.context["form"].errors) == ["email"]
    assert len(mail.outbox) == 1


def test_a_second_factor_does_not_stand_in_the_way(client, asked):
    set_up_app(client)
    client.post(asked)
    assert Account.objects.get().email == NEW

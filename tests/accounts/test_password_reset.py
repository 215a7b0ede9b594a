from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from tests.accounts.entrance import path_in_mail, sign_in, signed_in, verbs, without_tokens
from tests.cast import MEMBER, OWNER

pytestmark = pytest.mark.django_db

NEW = "another-long-password"


def test_a_link_in_a_mail_leads_to_a_new_password(client):
    OWNER.account()
    elsewhere = Client()
    sign_in(elsewhere, OWNER)
    client.post("/password/reset", {"email": OWNER.email})
    page = client.get(path_in_mail(), follow=True)
    form = page.request["PATH_INFO"]
    assert form.endswith("-set-password")  # the key stays out of the address bar, and so of logs and referrers
    assert client.post(form, {"password1": NEW}).headers["Location"] == "/password/reset/done"

    assert not signed_in(client)
    assert not signed_in(elsewhere)
    assert "do not go together" in sign_in(client, OWNER).content.decode()
    assert sign_in(client, OWNER, password=NEW).status_code == 302
    assert [sent.subject for sent in mail.outbox] == ["Choose a new password", "Your password was changed"]
    assert verbs()[-3:] == ["account.signed_in", "password.changed", "account.signed_in"]


def test_a_link_works_once_and_not_when_changed(client):
    OWNER.account()
    client.post("/password/reset", {"email": OWNER.email})
    link = path_in_mail()
    assert "too old" in client.get(link[:-1] + "x").content.decode()
    client.post(client.get(link).headers["Location"], {"password1": NEW})
    assert "too old" in Client().get(link).content.decode()
    assert "too old" in client.get("/password/reset/nobody-key").content.decode()


def test_a_new_password_that_will_not_do_changes_nothing(client):
    OWNER.account()
    client.post("/password/reset", {"email": OWNER.email})
    page = client.post(client.get(path_in_mail()).headers["Location"], {"password1": "short"})
    assert list(page.context["form"].errors) == ["password1"]
    assert sign_in(Client(), OWNER).status_code == 302
    assert len(mail.outbox) == 1


def test_an_unknown_address_gets_the_same_answer_and_a_mail_too(client):
    OWNER.account()
    told = []
    for email in (OWNER.email, "nobody@example.com"):
        answer = Client().post("/password/reset", {"email": email}, follow=True)
        told.append((answer.redirect_chain, without_tokens(answer)))
    assert told[0] == told[1]
    assert [sent.to for sent in mail.outbox] == [[OWNER.email], ["nobody@example.com"]]


def test_without_mail_a_new_password_is_not_set(client, settings):
    OWNER.account()
    client.post("/password/reset", {"email": OWNER.email})
    form = client.get(path_in_mail()).headers["Location"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert client.post(form, {"password1": NEW}).status_code == 503
    assert sign_in(Client(), OWNER).status_code == 302
    assert "password.changed" not in verbs()


def test_changing_the_password_keeps_this_device_and_signs_out_the_others(client):
    MEMBER.account()
    elsewhere = Client()
    sign_in(client, MEMBER)
    sign_in(elsewhere, MEMBER)
    wrong = client.post("/settings/password", {"oldpassword": "wrong", "password1": NEW})
    assert list(wrong.context["form"].errors) == ["oldpassword"]
    assert signed_in(elsewhere)

    client.post("/settings/password", {"oldpassword": "correct-horse-battery", "password1": NEW})
    assert signed_in(client)
    assert not signed_in(elsewhere)
    assert [sent.subject for sent in mail.outbox] == ["Your password was changed"]
    assert verbs()[-1] == "password.changed"


def test_links_in_mails_lead_to_our_origin_whatever_host_was_asked(settings):
    OWNER.account()
    for path, given in (
        ("/password/reset", {"email": OWNER.email}),
        ("/password/reset", {"email": "nobody@example.com"}),
    ):
        assert Client().post(path, given, headers={"host": "testserver:6666"}).status_code == 302
    assert len(mail.outbox) == 2
    for sent in mail.outbox:
        links = re.findall(r"https?://[^/\s]+", sent.body)
        assert set(links) == {settings.ORIGIN}

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from tests.accounts.entrance import path_in_mail, set_up_app, sign_in, signed_in, verbs, without_tokens
from tests.api.caller import Caller
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
    assert verbs()[-4:] == ["account.signed_in", "password.changed", "access.ended", "account.signed_in"]


def reset(browser: Client) -> HttpResponse:
    browser.post("/password/reset", {"email": OWNER.email})
    return browser.post(browser.get(path_in_mail()).headers["Location"], {"password1": NEW}, follow=True)


def test_a_reset_ends_programs_too_and_says_what_is_left(client):
    program, elsewhere = Caller(OWNER.account()), Client()
    sign_in(elsewhere, OWNER)
    set_up_app(elsewhere)
    authenticator = Authenticator.objects.create(
        user=OWNER.account(), type="webauthn", data={"name": "<b>Key</b>", "credential": {}}
    )
    assert program.get("me").status_code == 200
    page = reset(client).content.decode()
    assert program.get("me").status_code == 401
    assert not signed_in(elsewhere)
    written = mail.outbox[-1].body
    assert "all API tokens are\nrevoked" in written
    for way in ("the authenticator app", "the recovery codes", "the passkey “<b>Key</b>”"):
        assert f"- {way}\n" in written
        assert escape(way) in page
    assert f"{settings.ORIGIN}/settings/security" in written
    assert 'href="/settings/security"' in page
    assert Authenticator.objects.filter(pk=authenticator.pk).exists()
    assert "the authenticator app" not in client.get("/password/reset/done").content.decode()


def test_whoever_has_nothing_but_a_password_is_told_of_nothing_that_is_left(client):
    OWNER.account()
    assert "Still there" not in reset(client).content.decode()
    assert "Still there" not in mail.outbox[-1].body


def test_who_resets_while_signed_in_is_signed_out_like_everybody(client):
    OWNER.account()
    sign_in(client, OWNER)
    page = reset(client)
    assert page.redirect_chain == [("/password/reset/done", 302)]
    assert not signed_in(client)


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

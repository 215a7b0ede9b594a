from __future__ import annotations

import json

import pytest
from django.core import mail
from django.test import Client

from tests.accounts.entrance import sign_in, signed_in
from tests.api.caller import Caller
from tests.cast import OWNER, PASSWORD

NEW = "battery-staple-horse"


@pytest.mark.django_db
def test_a_session_stays_in_the_list_when_its_password_changes_so_that_it_can_be_ended():
    OWNER.account()
    thief, owner = Client(), Client()
    sign_in(thief, OWNER)
    body = json.dumps({"password": PASSWORD, "new_password": NEW})
    assert thief.put("/api/v1/me/password", body, "application/json").status_code == 204
    assert signed_in(thief)

    sign_in(owner, OWNER, password=NEW)
    assert len(owner.get("/api/v1/me/sessions").json()["results"]) == 2
    owner.post("/settings/sessions/others/end")
    assert not signed_in(thief)
    assert signed_in(owner)


@pytest.mark.django_db
def test_a_new_password_is_told_by_the_same_mail_as_on_the_page():
    owner = Caller(OWNER.account())
    assert owner.put("me/password", {"password": PASSWORD, "new_password": NEW}).status_code == 204
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([OWNER.email], "Your password was changed")


@pytest.mark.django_db
def test_a_password_that_cannot_be_told_of_is_not_changed(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    OWNER.account()
    browser = Client()
    sign_in(browser, OWNER)
    body = json.dumps({"password": PASSWORD, "new_password": NEW})
    answer = browser.put("/api/v1/me/password", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (503, "mail_unavailable")
    assert OWNER.account().check_password(PASSWORD)
    assert signed_in(browser)

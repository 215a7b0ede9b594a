from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from tests.accounts.entrance import (
    SECOND_FACTOR,
    code_of,
    codes_on,
    confirm_identity,
    set_up_app,
    sign_in,
    signed_in,
    verbs,
)
from tests.cast import MEMBER, OWNER

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(client) -> str:
    """The secret of the app that MEMBER, signed in, has set up."""
    MEMBER.account()
    sign_in(client, MEMBER)
    return set_up_app(client)


def test_the_secret_is_shown_as_a_picture_and_in_words(client):
    MEMBER.account()
    sign_in(client, MEMBER)
    confirm_identity(client)
    text = client.get("/settings/security/app").content.decode()
    assert "<svg" in text
    assert "<?xml" not in text
    assert ' style="' not in text


def test_a_password_alone_opens_nothing_any_more(client, app):
    elsewhere = Client()
    assert sign_in(elsewhere, MEMBER).headers["Location"] == SECOND_FACTOR
    assert not signed_in(elsewhere)
    wrong = elsewhere.post(SECOND_FACTOR, {"code": "000000"})
    assert list(wrong.context["form"].errors) == ["code"]
    assert not signed_in(elsewhere)

    code = code_of(app)
    assert elsewhere.post(SECOND_FACTOR, {"code": code}).headers["Location"] == "/"
    assert signed_in(elsewhere)
    third = Client()
    sign_in(third, MEMBER)
    third.post(SECOND_FACTOR, {"code": code})
    assert not signed_in(third)  # a code that somebody looked at over a shoulder was used


def test_setting_up_an_app_is_told_recorded_and_comes_with_recovery_codes(client, app):
    assert [sent.subject for sent in mail.outbox] == ["Two-step verification is on"]
    assert verbs()[-1] == "factor.added"
    codes = codes_on(client.get("/settings/security/codes"))
    assert len(set(codes)) == 10
    download = client.get("/settings/security/codes/download")
    assert download.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert download.headers["Cache-Control"] == "no-store, private"
    assert all(code in download.content.decode() for code in codes)


def test_a_recovery_code_opens_the_door_once(client, app):
    code = codes_on(client.get("/settings/security/codes"))[0]
    for opens in (True, False):
        elsewhere = Client()
        sign_in(elsewhere, MEMBER)
        elsewhere.post(SECOND_FACTOR, {"code": code})
        assert signed_in(elsewhere) == opens


def test_new_recovery_codes_end_the_old_ones(client, app):
    old = codes_on(client.get("/settings/security/codes"))
    new = codes_on(client.post("/settings/security/codes/renew", follow=True))
    assert len(new) == 10
    assert not set(old) & set(new)
    assert mail.outbox[-1].subject == "New recovery codes"
    assert verbs()[-1] == "factor.added"


def test_with_the_last_factor_go_the_recovery_codes(client, app):
    assert client.get("/settings/security/app/remove").status_code == 200
    assert Authenticator.objects.count() == 2
    client.post("/settings/security/app/remove")
    assert Authenticator.objects.count() == 0
    assert (mail.outbox[-1].subject, verbs()[-1]) == ("The authenticator app is off", "factor.removed")
    assert sign_in(Client(), MEMBER).headers["Location"] == "/"


@pytest.mark.parametrize("code", ["", "123", "abcdef", "1" * 10_000, "12\x003456", "\ud7ff١٢٣٤٥٦"])
def test_a_wrong_code_sets_nothing_up(client, code):
    MEMBER.account()
    sign_in(client, MEMBER)
    confirm_identity(client)
    client.get("/settings/security/app")
    page = client.post("/settings/security/app", {"code": code})
    assert list(page.context["form"].errors) == ["code"]
    assert (Authenticator.objects.count(), mail.outbox) == (0, [])


@pytest.mark.parametrize(
    "path", ["/settings/security/app/remove", "/settings/security/codes/renew", "/settings/security/codes"]
)
def test_a_session_alone_does_not_touch_what_protects_the_account(client, app, path):
    elsewhere = Client()
    sign_in(elsewhere, MEMBER)
    elsewhere.post(SECOND_FACTOR, {"code": code_of(app)})
    before = list(Authenticator.objects.values_list("pk", "data"))
    for answer in (elsewhere.get(path), elsewhere.post(path)):
        assert answer.status_code in (302, 405)
        assert list(Authenticator.objects.values_list("pk", "data")) == before


def test_without_mail_nothing_is_set_up_or_removed(client, app, no_mail_server):
    before = list(Authenticator.objects.values_list("pk", "data__seed").order_by("pk"))
    for path in ("/settings/security/app/remove", "/settings/security/codes/renew"):
        assert client.post(path).status_code == 503
    assert list(Authenticator.objects.values_list("pk", "data__seed").order_by("pk")) == before
    assert verbs()[-1] == "factor.added"


def test_an_address_that_is_not_confirmed_gets_no_second_factor(client):
    """Else whoever signs up with somebody's address could keep them from ever getting in."""
    MEMBER.account()
    EmailAddress.objects.update(verified=False)
    sign_in(client, MEMBER)
    confirm_identity(client)
    for path in ("/settings/security/app", "/settings/security/passkeys/add"):
        assert client.get(path).headers["Location"] == "/settings/security"


def test_the_second_step_is_for_who_did_the_first(client, app):
    OWNER.account()
    elsewhere = Client()
    assert elsewhere.get(SECOND_FACTOR).headers["Location"] == "/sign-in"
    assert elsewhere.post(SECOND_FACTOR, {"code": code_of(app)}).headers["Location"] == "/sign-in"


def test_one_can_start_again_as_somebody_else(client, app):
    OWNER.account()
    elsewhere = Client()
    sign_in(elsewhere, MEMBER)
    assert elsewhere.get("/sign-in").headers["Location"] == SECOND_FACTOR
    elsewhere.post("/sign-out")
    assert sign_in(elsewhere, OWNER).headers["Location"] == "/"

from __future__ import annotations

from urllib.parse import unquote

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.template.loader import get_template
from django.test import Client

from accounts.urls import urlpatterns
from tests.accounts.entrance import sign_in, signed_in, verbs, without_tokens
from tests.cast import MEMBER, OWNER, PASSWORD

pytestmark = pytest.mark.django_db

VISITORS = ("/sign-in", "/sign-up", "/password/reset", "/password/reset/sent", "/password/reset/done", "/verify-email")
SIGNED_IN = ("/settings", "/settings/password", "/settings/sessions", "/settings/security")
PROVED = (
    "/settings/email",
    "/settings/security/app",
    "/settings/security/passkeys/add",
    "/settings/security/codes/renew",
)
NOT_THEIRS = ("/settings/security/app/remove", "/settings/security/codes", "/settings/security/codes/download")
POSTED = ("/settings/sessions/1/end", "/settings/sessions/others/end")


def test_signing_in_and_out_is_on_record(client):
    OWNER.account()
    assert sign_in(client, OWNER).headers["Location"] == "/"
    assert signed_in(client)
    assert Session.objects.filter(pk=UserSession.objects.get().session_key).exists()

    stolen = dict(client.cookies)
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert not signed_in(client)
    client.cookies.update(stolen)
    assert not signed_in(client)
    assert (UserSession.objects.count(), verbs()[-2:]) == (0, ["account.signed_in", "session.ended"])


def test_signing_out_takes_a_button_not_a_link(client):
    OWNER.account()
    sign_in(client, OWNER)
    assert client.get("/sign-out").status_code == 200
    assert signed_in(client)


def test_an_unknown_address_gets_the_same_answer_after_the_same_work(client, hashed):
    OWNER.account()
    told, work = [], []
    for email in (OWNER.email, "nobody@example.com"):
        hashed.clear()
        page = Client().post("/sign-in", {"login": email, "password": "wrong-password"})
        told.append((page.status_code, without_tokens(page).replace(email, "…")))
        work.append(len(hashed))
    assert told[0] == told[1]
    assert "do not go together" in told[0][1]
    assert work == [1, 1]


def test_a_new_session_begins_with_a_new_key(client):
    """Else whoever planted a session key would be signed in with the person."""
    OWNER.account()
    client.get("/sign-in/passkey", headers={"Accept": "application/json"})
    planted = client.session.session_key
    sign_in(client, OWNER)
    assert planted
    assert client.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


@pytest.mark.parametrize("path", VISITORS)
def test_a_visitor_finds_the_entrance_open(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", SIGNED_IN + PROVED + NOT_THEIRS)
def test_the_settings_ask_a_visitor_to_sign_in_and_come_back(client, path):
    assert unquote(client.get(path).headers["Location"]) == f"/sign-in?next={path}"


@pytest.mark.parametrize("path", POSTED)
def test_a_visitor_ends_no_session(client, path):
    assert client.post(path).headers["Location"] == f"/sign-in?next={path}"


@pytest.mark.parametrize("path", SIGNED_IN + PROVED)
def test_the_settings_are_open_to_who_is_signed_in_and_what_protects_the_account_asks_again(client, path):
    MEMBER.account()
    sign_in(client, MEMBER)
    page = client.get(path)
    if path in PROVED:
        assert unquote(page.headers["Location"]) == f"/confirm-it-is-you?next={path}"
        page = client.post(page.headers["Location"], {"password": PASSWORD}, follow=True)
        assert page.request["PATH_INFO"] == path
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("path", NOT_THEIRS)
def test_what_is_not_set_up_is_not_there(client, path):
    MEMBER.account()
    sign_in(client, MEMBER)
    assert client.get(path).status_code == 404


def test_a_wrong_password_proves_nothing(client):
    MEMBER.account()
    sign_in(client, MEMBER)
    page = client.post("/confirm-it-is-you?next=/settings/email", {"password": "wrong"})
    assert list(page.context["form"].errors) == ["password"]
    assert client.get("/settings/email").status_code == 302


def test_every_page_has_a_template_of_ours():
    for pattern in urlpatterns:
        template = getattr(getattr(pattern.callback, "view_class", None), "template_name", None)
        if template:
            assert template.startswith("accounts/"), pattern.name
            assert get_template(template).origin.name.startswith(str(settings.BASE_DIR / "accounts")), template


def test_who_posts_one_form_over_and_over_is_asked_to_wait(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    answers = [client.post("/sign-up", {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Too many attempts" in answers[-1].content.decode()
    assert answers[-1].headers["Retry-After"] == "60"


def test_the_pages_that_come_with_django_allauth_are_not_there(client):
    for path in (
        "/accounts/login/",
        "/login/",
        "/signup/",
        "/accounts/",
        "/password/change/",
        "/sign-in/code",
        "/2fa/",
    ):
        assert client.get(path).status_code == 404

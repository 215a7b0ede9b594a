from __future__ import annotations

from collections.abc import Iterator

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.test import Client

from accounts.models import Account
from tests.accounts.entrance import SECOND_FACTOR, code_of, confirm_identity, set_up_app, sign_in, signed_in, verbs
from tests.accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.cast import ADMIN, MEMBER

pytestmark = pytest.mark.django_db

START = "/sign-in/openid"


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    provider = Provider()
    settings.OIDC_NAME = "Example Login"
    app = {
        "provider_id": "openid",
        "name": "Example Login",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": provider.url, "fetch_userinfo": False},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield provider
    provider.stop()


def go_there(client: Client, provider: Provider, **form: str):
    return client.get(provider.agree(client.post(START, form).headers["Location"]), follow=True)


@pytest.fixture
def connected(client, provider) -> Provider:
    """MEMBER, signed in, has connected the provider."""
    MEMBER.account()
    sign_in(client, MEMBER)
    confirm_identity(client)
    page = go_there(client, provider, process="connect")
    assert "You can now sign in that way too." in page.content.decode()
    return provider


def test_who_connected_it_signs_in_through_it(connected):
    assert [sent.subject for sent in mail.outbox] == ["Another way to sign in was added"]
    assert verbs()[-1] == "factor.added"
    elsewhere = Client()
    assert "Sign in with Example Login" in elsewhere.get("/sign-in").content.decode()
    assert "Hello, Mia Member" in go_there(elsewhere, connected).content.decode()
    assert verbs()[-1] == "account.signed_in"
    assert SocialAccount.objects.get().extra_data == {}


def test_the_second_factor_is_asked_for_all_the_same(client, connected):
    secret = set_up_app(client)
    elsewhere = Client()
    assert go_there(elsewhere, connected).request["PATH_INFO"] == SECOND_FACTOR
    assert not signed_in(elsewhere)
    elsewhere.post(SECOND_FACTOR, {"code": code_of(secret)})
    assert signed_in(elsewhere)


@pytest.mark.parametrize("email", [MEMBER.email, "nobody@example.com"])
def test_an_address_opens_no_account_that_was_not_connected(client, provider, email):
    MEMBER.account()
    provider.claims["email"] = email
    page = go_there(client, provider)
    assert "No account here is connected" in page.content.decode()
    assert not signed_in(client)
    assert (Account.objects.count(), SocialAccount.objects.count(), mail.outbox) == (1, 0, [])


@pytest.mark.parametrize("verified", [False, "false", "true", None])
def test_an_address_that_the_provider_did_not_verify_is_not_connected(client, provider, verified):
    MEMBER.account()
    sign_in(client, MEMBER)
    confirm_identity(client)
    provider.claims["email_verified"] = verified
    assert "does not say that your address" in go_there(client, provider, process="connect").content.decode()
    assert SocialAccount.objects.count() == 0


def test_connecting_needs_the_owner_signed_in_and_asked_again(client, provider):
    assert go_there(Client(), provider, process="connect").request["PATH_INFO"] == "/sign-in"
    MEMBER.account()
    sign_in(client, MEMBER)
    assert go_there(client, provider, process="connect").request["PATH_INFO"] == "/confirm-it-is-you"
    assert SocialAccount.objects.count() == 0


def test_what_is_connected_stays_whose_it_is(client, connected):
    ADMIN.account()
    other = Client()
    sign_in(other, ADMIN)
    confirm_identity(other)
    assert "belongs to another account" in go_there(other, connected, process="connect").content.decode()
    assert SocialAccount.objects.get().user == MEMBER.account()


def test_disconnected_it_opens_nothing_any_more(client, connected):
    assert "cannot sign in that way" in client.post("/settings/security/openid", follow=True).content.decode()
    assert (mail.outbox[-1].subject, verbs()[-1]) == ("A way to sign in was removed", "factor.removed")
    elsewhere = Client()
    go_there(elsewhere, connected)
    assert not signed_in(elsewhere)


@pytest.mark.parametrize("claim", [{"iss": "https://evil.example"}, {"aud": "another"}, {"exp": 1}, {"sub": "5678"}])
def test_a_token_for_another_opens_nothing(connected, claim):
    connected.claims |= claim
    elsewhere = Client()
    go_there(elsewhere, connected)
    assert not signed_in(elsewhere)


def test_a_token_signed_by_somebody_else_opens_nothing(connected):
    connected.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    elsewhere = Client()
    assert "did not work" in go_there(elsewhere, connected).content.decode()
    assert not signed_in(elsewhere)


def test_an_answer_that_nobody_asked_for_opens_nothing(connected):
    elsewhere = Client()
    back = connected.agree(elsewhere.post(START).headers["Location"])
    victim = Client()
    victim.get(back)
    assert not signed_in(victim)
    for query in ("", "?state=x&code=y", "?error=access_denied", "?state=%00&code=%00"):
        assert victim.get(f"{START}/callback{query}").headers["Location"] == "/sign-in"


def test_a_provider_that_is_away_is_said_so(client, provider):
    provider.stop()
    assert "did not work" in client.post(START, follow=True).content.decode()


def test_without_a_provider_there_is_no_button_and_no_page(client):
    MEMBER.account()
    assert "openid" not in client.get("/sign-in").content.decode()
    assert client.post(START).status_code == 404
    assert client.get(f"{START}/callback").status_code == 404
    sign_in(client, MEMBER)
    confirm_identity(client)
    assert client.get("/settings/security/openid").status_code == 404
    assert "openid" not in client.get("/settings/security").content.decode()


def test_going_there_takes_a_button_not_a_link(client, provider):
    assert client.get(START).status_code == 405

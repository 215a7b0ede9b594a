from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.adapter import INVITATION_SESSION_KEY
from accounts.models import Account, Invitation, Role
from nozbe.encryption.models import Keyring
from tests.accounts.entrance import path_in_mail, sign_in, signed_in, verbs, without_tokens
from tests.api.caller import Caller
from tests.cast import OWNER, Person, new_team
from tests.keys import ready_keyring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mandatory")]

NINA = Person("nina", "Nina New")
FORM = {
    "email": NINA.email,
    "name": NINA.name,
    "country": "PL",
    "time_zone": "Europe/Warsaw",
    "password1": "four-unrelated-words",
}
API_FIELDS = ("email", "name", "country", "time_zone", "password")


@pytest.fixture
def _key() -> None:
    ready_keyring(Keyring.ACCOUNT)


@pytest.mark.usefixtures("_key")
def test_who_signs_up_is_in_once_the_address_is_confirmed(client):
    assert client.post("/sign-up", FORM).headers["Location"] == "/verify-email"
    assert not signed_in(client)
    assert [sent.to for sent in mail.outbox] == [[NINA.email]]

    link = path_in_mail()
    assert NINA.email in client.get(link).content.decode()
    assert not signed_in(client)  # looking is not confirming: mail servers look
    assert "Hello, Nina New" in client.post(link, follow=True).content.decode()

    account = Account.objects.get()
    assert (account.email, account.country, account.time_zone) == (NINA.email, "PL", "Europe/Warsaw")
    assert account.verified_addresses() == [NINA.email]
    assert Keyring.objects.get().owner == account.pk
    assert verbs() == ["account.made", "account.changed", "account.signed_in"]


@pytest.mark.usefixtures("_key")
def test_the_link_signs_in_nobody_elsewhere_and_works_once(client):
    client.post("/sign-up", FORM)
    link, elsewhere = path_in_mail(), Client()
    assert elsewhere.post(link, {"password": FORM["password1"]}).headers["Location"] == "/sign-in"
    assert not signed_in(elsewhere)
    assert elsewhere.post(link).status_code == 404
    assert "too old" in elsewhere.get(link).content.decode()
    assert sign_in(elsewhere, NINA, password=FORM["password1"]).headers["Location"] == "/"


@pytest.mark.usefixtures("_key")
def test_whoever_signed_up_with_somebodys_address_does_not_get_in_when_they_open_the_link():
    """By page or by API, and also when they resend it by trying to sign in."""
    thief, owner, body = Client(), Client(), FORM | {"password": FORM["password1"]}
    assert Caller().post("accounts", {name: body[name] for name in API_FIELDS}).status_code == 201
    first = path_in_mail()
    sign_in(thief, NINA, password=FORM["password1"])
    for link in {first, path_in_mail()}:
        page = owner.get(link).content.decode()
        assert "type its password, too" in page
        assert 'href="/password/reset"' in page
        for typed in ({}, {"password": ""}, {"password": "not-what-the-thief-chose"}):
            page = owner.post(link, typed)
            assert (page.status_code, list(page.context["form"].errors)) == (200, ["password"])
    assert Account.objects.get().verified_addresses() == []
    assert Caller().post("tokens", {"email": NINA.email, "password": FORM["password1"]}).status_code == 403

    owner.post("/password/reset", {"email": NINA.email})
    owner.post(owner.get(path_in_mail()).headers["Location"], {"password1": "what-nina-chose"})
    assert Account.objects.get().verified_addresses() == [NINA.email]  # by having read that mail
    assert sign_in(owner, NINA, password="what-nina-chose").headers["Location"] == "/"
    sign_in(thief, NINA, password=FORM["password1"])
    assert not signed_in(thief)
    assert thief.post(first).status_code == 404


@pytest.mark.usefixtures("_key")
def test_where_the_password_was_typed_the_link_asks_for_nothing(client):
    Caller().post("accounts", {name: (FORM | {"password": FORM["password1"]})[name] for name in API_FIELDS})
    sign_in(client, NINA, password=FORM["password1"])
    assert "password" not in client.get(path_in_mail()).content.decode()
    assert "Hello, Nina New" in client.post(path_in_mail(), follow=True).content.decode()


@pytest.mark.usefixtures("_key")
def test_the_browser_that_signed_up_is_known_for_longer_than_a_sign_in_waits(client):
    client.post("/sign-up", FORM)
    session = client.session
    del session["account_login"]
    session.save()
    assert client.post(path_in_mail()).headers["Location"] == "/sign-in"
    assert Account.objects.get().verified_addresses() == [NINA.email]


@pytest.mark.usefixtures("_key")
def test_nobody_is_in_before_the_address_is_confirmed(client):
    client.post("/sign-up", FORM)
    elsewhere = Client()
    assert sign_in(elsewhere, NINA, password=FORM["password1"]).headers["Location"] == "/verify-email"
    assert not signed_in(elsewhere)
    assert verbs() == ["account.made"]


@pytest.mark.usefixtures("_key")
def test_a_known_address_gets_the_same_answer_after_the_same_work(client, hashed):
    OWNER.account()
    told, work = [], []
    for email in (OWNER.email, "other@example.com"):
        hashed.clear()
        visitor = Client()
        answer = visitor.post("/sign-up", FORM | {"email": email})
        page = without_tokens(visitor.get(answer.headers["Location"]))
        told.append((answer.status_code, answer.headers["Location"], page.replace(email, "…")))
        work.append((len(hashed), [sent.to for sent in mail.outbox]))
        mail.outbox.clear()
    assert told[0] == told[1]
    assert work == [(1, [[OWNER.email]]), (1, [["other@example.com"]])]
    assert Account.objects.count() == 2
    assert OWNER.account().name == OWNER.name


@pytest.mark.usefixtures("_key")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "nobody"),
        ("email", "a" * 10_000 + "@example.com"),
        ("email", "zero\x00@example.com"),
        ("name", ""),
        ("name", "x" * 10_000),
        ("name", "zero\x00byte"),
        ("country", "XX"),
        ("country", ""),
        ("time_zone", "Mars/Olympus_Mons"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("password1", "short"),
        ("password1", "password1234"),
        ("password1", "nina@example.com"),
        ("password1", "zero\x00byte-and-more"),
        ("password1", "x" * 10_000),
    ],
    ids=lambda text: repr(text)[:24],
)
def test_what_will_not_do_is_said_at_the_field_and_nothing_is_made(client, field, value):
    page = client.post("/sign-up", FORM | {field: value})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in page.content.decode()
    assert f'aria-describedby="id_{field}' in page.content.decode()
    assert (Account.objects.count(), mail.outbox, verbs()) == (0, [], [])


@pytest.mark.usefixtures("_key")
def test_half_a_character_in_a_name_is_replaced(client):
    body = "&".join(f"{name}={value}" for name, value in FORM.items() if name != "name") + "&name=Nina%ED%A0%80"
    client.post("/sign-up", body, content_type="application/x-www-form-urlencoded")
    assert Account.objects.get().name == "Nina\ufffd\ufffd\ufffd"


def test_without_a_key_to_protect_the_account_there_is_none(client):
    page = client.post("/sign-up", FORM)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "try again" in page.content.decode()
    assert (Account.objects.count(), mail.outbox, verbs()) == (0, [], [])


def test_without_a_key_a_known_address_is_answered_as_a_new_one():
    OWNER.account()
    told = []
    for email in (OWNER.email, NINA.email):
        page = Client().post("/sign-up", FORM | {"email": email})
        told.append((page.status_code, without_tokens(page).replace(email, "…")))
    assert told[0] == told[1]
    assert (told[0][0], mail.outbox) == (503, [])


@pytest.mark.usefixtures("_key")
def test_without_mail_nothing_is_done_and_the_next_attempt_works(client, settings, no_mail_server):
    page = client.post("/sign-up", FORM)
    assert page.status_code == 503
    assert "cannot send mail" in page.content.decode()
    assert (Account.objects.count(), EmailAddress.objects.count(), verbs()) == (0, 0, [])
    assert Keyring.objects.ready(Keyring.ACCOUNT).count() == 1

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert client.post("/sign-up", FORM).status_code == 302
    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("_key")
@pytest.mark.parametrize(("email", "at_once"), [(NINA.email, True), ("another@example.com", False)])
def test_an_invitation_proves_the_address_it_was_mailed_to(client, email, at_once):
    owner = OWNER.account()
    ready_keyring(Keyring.ACCOUNT)
    invitation = Invitation.objects.invite(new_team("Team", owner=owner), email=NINA.email, role=Role.MEMBER, by=owner)
    session = client.session
    session[INVITATION_SESSION_KEY] = invitation.pk
    session.save()
    client.post("/sign-up", FORM | {"email": email})
    assert signed_in(client) == at_once
    assert len(mail.outbox) == (0 if at_once else 1)


def test_a_time_zone_is_found_by_its_region(client):
    page = client.get("/sign-up").content.decode()
    assert '<optgroup label="Europe">' in page
    assert '<option value="America/Argentina/Buenos_Aires">Argentina, Buenos Aires</option>' in page


@pytest.mark.parametrize(("field", "value"), [("email", "x@a\u05d0.com"), ("name", "\u200b\u202e")])
def test_an_address_without_a_mail_server_and_a_name_without_letters_are_refused_at_their_field(client, field, value):
    page = client.post("/sign-up", FORM | {field: value})
    assert (page.status_code, list(page.context["form"].errors)) == (200, [field])
    assert (Account.objects.count(), mail.outbox) == (0, [])

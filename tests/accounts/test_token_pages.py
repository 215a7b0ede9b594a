"""API tokens in the settings: shown once, to whom proved who they are, and revoked for good."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from accounts.models import Account, ApiToken
from tests.accounts.pages import EVERYBODY, browser_of, everything
from tests.cast import OWNER, PASSWORD, PEOPLE, STRANGER

pytestmark = pytest.mark.django_db

NEW = "/settings/tokens/new"
GOOD = {"name": "backup script", "scope": "read", "lasts": "30"}


def form_of(browser) -> dict[str, str]:
    ticket = re.search(r'name="ticket" value="(\w+)"', browser.get(NEW).content.decode())
    assert ticket
    return GOOD | {"ticket": ticket[1]}


def shown(answer) -> list[str]:
    return re.findall(r"nozbe_[\w-]{43}", answer.content.decode())


def test_everybody_signed_in_has_tokens_of_their_own_and_sees_nobody_elses():
    theirs = {}
    for person in PEOPLE:
        theirs[person], _text = ApiToken.objects.issue(person.account(), name=f"of {person.role}", scope=ApiToken.READ)
    for person in EVERYBODY.values():
        browser = browser_of(person)
        answer = browser.get("/settings/tokens")
        if person is None:
            assert answer.headers["Location"] == "/sign-in?next=/settings/tokens"
            assert browser.get(NEW).headers["Location"] == f"/sign-in?next={NEW}"
        else:
            assert [somebody for somebody in PEOPLE if f"of {somebody.role}" in answer.content.decode()] == [person]
            assert browser.get(NEW).status_code == 200
        before = everything()
        for somebody, token in theirs.items():
            if somebody != person:
                answer = browser.post(f"/settings/tokens/{token.pk}/revoke")
                assert answer.status_code == (404 if person else 302)
        assert everything() == before


def test_a_token_is_shown_once_and_is_nowhere_else():
    browser = browser_of(OWNER)
    answer = browser.post(NEW, form_of(browser))
    (text,) = shown(answer)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, private"
    token = ApiToken.objects.get()
    assert ApiToken.objects.find(text) == token
    assert (token.account, token.name, token.scope) == (OWNER.account(), "backup script", "read")
    assert abs(token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert shown(browser.get("/settings/tokens")) == []
    assert text not in str([session.get_decoded() for session in Session.objects.all()])
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM accounts_apitoken t")
        assert text not in cursor.fetchone()[0]


def test_sending_the_form_a_second_time_shows_nothing_and_makes_nothing():
    browser = browser_of(OWNER)
    form = form_of(browser)
    assert len(shown(browser.post(NEW, form))) == 1
    before = everything()
    again = browser.post(NEW, form, follow=True)
    assert (shown(again), again.redirect_chain) == ([], [("/settings/tokens", 302)])
    assert "No token was made by it now." in again.content.decode()
    assert everything() == before
    browser.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revoke")
    assert shown(browser.post(NEW, form, follow=True)) == []
    assert ApiToken.objects.count() == 0


def test_two_that_send_one_form_at_the_same_moment_make_one_token():
    """Both have read the session before either wrote it: the database takes the form's ID once."""
    browser = browser_of(OWNER)
    form, session = form_of(browser), browser.session
    before = dict(session)
    assert len(shown(browser.post(NEW, form))) == 1
    session.update(before)
    session.save()
    assert shown(browser.post(NEW, form)) == []
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("ticket", ["", "x", "0123456789abcdef", "\0"])
def test_a_form_that_was_never_handed_out_makes_no_token(ticket):
    browser = browser_of(OWNER)
    before = everything()
    assert shown(browser.post(NEW, GOOD | {"ticket": ticket}, follow=True)) == []
    assert everything() == before


def test_a_form_of_somebody_else_makes_no_token():
    form = form_of(browser_of(OWNER))
    assert shown(browser_of(STRANGER).post(NEW, form, follow=True)) == []
    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 101),
        ("name", "zero\0byte"),
        ("scope", "admin"),
        ("scope", ""),
        ("lasts", "0"),
        ("lasts", "3650"),
        ("lasts", "for ever"),
    ],
)
def test_what_will_not_do_is_refused_at_its_field_and_the_form_stays_good(field, value):
    browser = browser_of(OWNER)
    form = form_of(browser)
    answer = browser.post(NEW, form | {field: value})
    assert (answer.status_code, shown(answer)) == (200, [])
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert ApiToken.objects.count() == 0
    assert len(shown(browser.post(NEW, form))) == 1


def test_the_hundred_and_first_is_refused_at_the_form():
    account: Account = OWNER.account()
    end = timezone.now() + timedelta(days=1)
    ApiToken.objects.bulk_create(
        ApiToken(account=account, name="x", scope="read", token_hash=bytes([number]) * 32, expires_at=end)
        for number in range(100)
    )
    browser = browser_of(OWNER)
    answer = browser.post(NEW, form_of(browser))
    assert (answer.status_code, shown(answer)) == (409, [])
    assert "You have 100 tokens already." in answer.content.decode()
    assert ApiToken.objects.count() == 100


@pytest.mark.parametrize("method", ["get", "post"])
def test_making_one_asks_for_the_password_again(method):
    browser = browser_of(OWNER)
    form = form_of(browser)
    session = browser.session
    del session["account_authentication_methods"]
    session.save()
    answer = getattr(browser, method)(NEW, form if method == "post" else {})
    assert answer.headers["Location"] == "/confirm-it-is-you?next=%2Fsettings%2Ftokens%2Fnew"
    assert ApiToken.objects.count() == 0


def test_a_form_sent_too_late_makes_its_token_once_the_password_is_given_again():
    browser = browser_of(OWNER)
    form = form_of(browser)
    session = browser.session
    del session["account_authentication_methods"]
    session.save()
    confirm = browser.post(NEW, form).headers["Location"]
    assert shown(browser.post(confirm, {"password": "wrong", "next": NEW})) == []
    assert ApiToken.objects.count() == 0
    answer = browser.post(confirm, {"password": PASSWORD, "next": NEW})
    (text,) = shown(answer)
    assert ApiToken.objects.find(text) == ApiToken.objects.get()
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert shown(browser.post(confirm, {"password": PASSWORD, "next": NEW}, follow=True)) == []
    assert ApiToken.objects.count() == 1


def test_a_revoked_token_opens_nothing_and_is_gone_from_the_list():
    token, text = ApiToken.objects.issue(OWNER.account(), name="backup script", scope=ApiToken.WRITE)
    browser = browser_of(OWNER)
    path = f"/settings/tokens/{token.pk}/revoke"
    assert browser.get(path).status_code == 302
    assert ApiToken.objects.find(text) == token, "looking changes nothing"
    assert browser.post(path).status_code == 302
    assert ApiToken.objects.find(text) is None
    assert "backup script" not in browser.get("/settings/tokens").content.decode()
    assert browser.post(path).status_code == 404


def test_the_list_says_when_each_was_used_and_when_it_ends():
    account = OWNER.account()
    for name in ("fresh", "used", "over"):
        ApiToken.objects.issue(account, name=name, scope=ApiToken.READ)
    ApiToken.objects.filter(name="used").update(last_used_at="2026-01-02T03:04:00Z")
    ApiToken.objects.filter(name="over").update(expires_at="2026-01-05T03:04:00Z")
    text = browser_of(OWNER).get("/settings/tokens").content.decode()
    assert (text.count("Never used"), text.count("Expired"), text.count("Expires")) == (2, 1, 2)
    assert ">2 January 2026, 04:04<" in text
    assert ">5 January 2026, 04:04<" in text
    assert "Times are in Europe/Warsaw." in text


def test_a_hostile_name_of_a_token_is_shown_as_text():
    browser = browser_of(OWNER)
    answer = browser.post(NEW, form_of(browser) | {"name": "<script>alert(1)</script>{{ 7 }}"})
    for text in (answer.content.decode(), browser.get("/settings/tokens").content.decode()):
        assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 }}</bdi>" in text
        assert "<script>alert" not in text

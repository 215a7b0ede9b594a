from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Account
from nozbe.models import ID_ALPHABET, new_id
from tests.cast import MEMBER, OWNER, PASSWORD, PEOPLE, new_account

pytestmark = pytest.mark.django_db

GOOD = {
    "email": "new@example.com",
    "name": "Nina New",
    "password": "a-long-enough-password",
    "country": "pl",
    "time_zone": "Europe/Warsaw",
}


def test_an_account_gets_an_id_and_keeps_what_was_typed():
    account = new_account(**GOOD | {"email": " New@Example.com ", "name": " Nina New "})
    account.refresh_from_db()
    assert len(account.pk) == 16
    assert set(account.pk) <= set(ID_ALPHABET)
    assert (account.email, account.name, account.country) == ("new@example.com", "Nina New", "PL")
    assert account.check_password(GOOD["password"])
    assert GOOD["password"] not in account.password


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "nobody"),
        ("email", "a" * 250 + "@example.com"),
        ("name", ""),
        ("name", "x" * 101),
        ("name", "zero\x00byte"),
        ("password", "short"),
        ("password", "password1234"),
        ("password", "new@example.com"),
        ("country", "Poland"),
        ("country", "XX"),
        ("country", ""),
        ("time_zone", "Warsaw"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Factory"),
        ("time_zone", "localtime"),
        ("time_zone", "posixrules"),
        ("time_zone", "posix/Europe/Warsaw"),
        ("time_zone", "right/Europe/Warsaw"),
        ("time_zone", ""),
    ],
)
def test_what_will_not_do_is_refused_by_field_and_nothing_is_created(field, value):
    with pytest.raises(ValidationError) as refusal:
        Account.objects.sign_up(**GOOD | {field: value})
    assert field in refusal.value.message_dict
    assert Account.objects.count() == 0


@pytest.mark.parametrize("email", ["owner@example.com", "OWNER@example.com", " Owner@Example.COM "])
def test_an_address_belongs_to_one_account_in_whatever_case(email):
    OWNER.account()
    with pytest.raises(ValidationError, match="already an account"):
        Account.objects.sign_up(**GOOD | {"email": email})
    assert Account.objects.count() == 1


def test_the_database_itself_refuses_a_second_account_with_the_address():
    OWNER.account()
    with pytest.raises(IntegrityError, match="one_account_per_email"), transaction.atomic():
        Account.objects.bulk_create([Account(email="OWNER@EXAMPLE.COM", name="x", country="PL", time_zone="UTC")])


@pytest.mark.parametrize("typed", ["owner@example.com", "Owner@Example.com", " OWNER@EXAMPLE.COM "])
def test_people_sign_in_by_address_in_whatever_case(client, typed):
    OWNER.account()
    answer = client.post("/sign-in", {"login": typed, "password": PASSWORD}, follow=True)
    assert "Hello, Olivia Owner" in answer.content.decode()


def test_a_look_alike_address_is_somebody_else(client):
    """U+0131 is I in capitals: comparing capitals would take one for the other (CVE-2019-19844)."""
    twin = new_account(**GOOD | {"email": "d\u0131mitri@example.com", "name": "Twin"})
    with pytest.raises(Account.DoesNotExist):
        Account.objects.get_by_natural_key("dimitri@example.com")
    real = new_account(**GOOD | {"email": "dimitri@example.com", "name": "Dimitri"})
    assert Account.objects.get_by_natural_key("DIMITRI@example.com") == real
    assert Account.objects.get_by_natural_key("d\u0131mitri@example.com") == twin
    form = {"login": "dimitri@example.com", "password": GOOD["password"]}
    assert "Hello, Dimitri" in client.post("/sign-in", form, follow=True).content.decode()


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.role)
def test_everybody_sees_their_own_name_and_nobody_elses(client, person):
    for somebody in PEOPLE:
        somebody.account()
    client.force_login(person.account())
    text = client.get("/").content.decode()
    assert [somebody.name for somebody in PEOPLE if somebody.name in text] == [person.name]


def test_a_hostile_name_stays_text(client):
    account = new_account(**GOOD | {"name": "<script>alert(1)</script>{{ 7|add:1 }}"})
    client.force_login(account)
    text = client.get("/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("owner@example.com", "wrong"),
        ("owner@example.com", ""),
        ("", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("owner@example.com\x00", PASSWORD),
        ("o" * 300 + "@example.com", PASSWORD),
    ],
)
def test_who_does_not_prove_who_they_are_stays_outside(client, username, password):
    OWNER.account()
    answer = client.post("/sign-in", {"login": username, "password": password})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_in_leads_only_to_our_own_pages(client):
    OWNER.account()
    form = {"login": OWNER.email, "password": PASSWORD}
    assert client.post("/sign-in", form | {"next": "/safety"}).headers["Location"] == "/safety"
    client.logout()
    assert client.post("/sign-in", form | {"next": "https://evil.example/"}).headers["Location"] == "/"


def test_a_new_password_ends_other_sessions(client):
    account = MEMBER.account()
    client.force_login(account)
    account.change_password("another-long-password")
    assert "Hello" not in client.get("/").content.decode()


def test_ids_do_not_repeat():
    assert len({new_id() for _ in range(10_000)}) == 10_000

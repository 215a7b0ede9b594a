from __future__ import annotations

import pytest

from accounts.models import Account
from tests.accounts.entrance import sign_in, verbs
from tests.cast import MEMBER, new_account

pytestmark = pytest.mark.django_db

FORM = {"name": "Mia Moved", "country": "DE", "time_zone": "Europe/Berlin", "language": "en"}


@pytest.fixture
def mia(client) -> Account:
    account = MEMBER.account()
    sign_in(client, MEMBER)
    return account


def test_people_change_their_details(client, mia):
    assert "Saved." in client.post("/settings", FORM, follow=True).content.decode()
    mia.refresh_from_db()
    assert {name: getattr(mia, name) for name in FORM} == FORM
    assert verbs()[-1] == "account.changed"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 10_000),
        ("name", "zero\x00byte"),
        ("country", "Germany"),
        ("time_zone", "Berlin"),
        ("language", "xx"),
    ],
)
def test_what_will_not_do_is_said_at_the_field_and_nothing_changes(client, mia, field, value):
    page = client.post("/settings", FORM | {field: value})
    assert list(page.context["form"].errors) == [field]
    assert f'<a href="#id_{field}">' in page.content.decode()
    mia.refresh_from_db()
    assert (mia.name, mia.country) == (MEMBER.name, "PL")
    assert verbs()[-1] == "account.signed_in"


def test_a_time_zone_that_is_not_in_the_list_stays(client):
    account = new_account(email=MEMBER.email, name=MEMBER.name, time_zone="EST5EDT")
    sign_in(client, MEMBER)
    client.post("/settings", FORM | {"time_zone": "EST5EDT"})
    account.refresh_from_db()
    assert (account.name, account.time_zone) == ("Mia Moved", "EST5EDT")


def test_a_name_of_blanks_is_no_name(client, mia):
    assert list(client.post("/settings", FORM | {"name": "  "}).context["form"].errors) == ["name"]

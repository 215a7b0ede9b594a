"""Two who make one address theirs at the same moment: one account in the end, and no answer that tells."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Account
from nozbe.encryption.models import Keyring
from tests.accounts.entrance import confirm_identity, path_in_mail, sign_in
from tests.api.caller import Caller
from tests.cast import OWNER, PASSWORD
from tests.keys import ready_keyring
from tests.races.held import address_held, meet_at

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "new@example.com"
BODY = {"email": NEW, "name": "Nina", "password": PASSWORD, "country": "PL", "time_zone": "UTC"}
FORM = {"email": NEW, "name": "Nina", "password1": PASSWORD, "country": "PL", "time_zone": "Europe/Warsaw"}


@pytest.fixture(autouse=True)
def _keys() -> None:
    for _ in range(3):
        ready_keyring(Keyring.ACCOUNT)


def by_page() -> int:
    return Client(raise_request_exception=False).post("/sign-up", FORM).status_code


def by_api() -> int:
    return Caller().post("accounts", BODY).status_code


@pytest.mark.parametrize("doors", [(by_page, by_api), (by_api, by_page), (by_page, by_page)])
def test_signing_up_at_two_doors_at_once_makes_one_account_and_tells_nobody(doors, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    answers = {by_page: 302, by_api: 201}
    assert meet_at(address_held(NEW), *doors) == [answers[door] for door in doors]
    assert Account.objects.get().email == NEW
    assert Keyring.objects.in_use().count() == 1
    assert {tuple(sent.to) for sent in mail.outbox} == {(NEW,)}


def test_where_no_address_has_to_be_confirmed_the_second_is_told_that_it_is_taken():
    def by_page_as_seen() -> tuple[int, list[str]]:
        page = Client(raise_request_exception=False).post("/sign-up", FORM)
        return page.status_code, list(page.context["form"].errors)

    assert meet_at(address_held(NEW), by_page, by_page_as_seen) == [302, (200, ["email"])]
    assert Account.objects.get().email == NEW


def test_an_address_that_is_signed_up_with_while_somebody_changes_to_it_stays_whose_it_is():
    OWNER.account()
    browser = Client(raise_request_exception=False)
    sign_in(browser, OWNER)
    confirm_identity(browser)
    browser.post("/settings/email", {"email": NEW})
    link = path_in_mail()
    assert meet_at(address_held(NEW), by_api, lambda: browser.post(link).status_code) == [201, 302]
    assert "belongs to another account" in browser.get("/settings/email").content.decode()
    assert set(Account.objects.values_list("email", flat=True)) == {OWNER.email, NEW}

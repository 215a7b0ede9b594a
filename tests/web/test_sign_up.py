"""Signing up, by keyboard alone, until one is in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cast import OWNER, PASSWORD
from tests.web.keyboard import Keyboard
from tests.web.mails import Mailbox
from tests.web.people import CONFIRM, new_address

pytestmark = pytest.mark.xdist_group("product")


def test_somebody_signs_up_confirms_their_address_and_is_in(visit, product):
    page = visit("/")
    keyboard = Keyboard(page)
    email = new_address("Ada")
    mailbox = Mailbox(product, email)
    keyboard.follow(page.get_by_role("main").get_by_role("link", name="Sign up"))

    keyboard.type(page.get_by_label("Email address"), "ada")
    keyboard.follow(page.get_by_role("button", name="Sign up"))
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Nothing was changed")
    keyboard.press(summary.get_by_role("link", name="Email address"))
    expect(page.get_by_label("Email address")).to_be_focused()
    expect(page.get_by_label("Email address")).to_have_value("ada")

    keyboard.type(page.get_by_label("Email address"), email)
    keyboard.type(page.get_by_label("Your name"), "Ada Lovelace")
    keyboard.choose(page.get_by_label("Country"), "Poland")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Warsaw")  # the browser's
    keyboard.type(page.get_by_label("Password", exact=True), PASSWORD)
    keyboard.press(page.get_by_role("button", name="Show Password"), "Space")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    keyboard.follow(page.get_by_role("button", name="Sign up"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto("/settings")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")  # not before the address is confirmed

    page.goto(mailbox.link(CONFIRM))
    keyboard.follow(page.get_by_role("button", name="Yes, confirm"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ada Lovelace")


def test_who_has_an_account_already_reads_so_in_their_mail_and_nowhere_else(visit, product):
    mailbox = Mailbox(product, OWNER.email)
    seen = []
    for email in (OWNER.email, new_address("Ben")):
        page = visit("/sign-up")
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Your name").fill("Ben")
        page.get_by_label("Country").select_option("PL")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
        seen.append((page.url, page.locator("main").inner_html()))
    assert seen[0] == seen[1]
    assert "There is an account with it already" in mailbox.next("You have an account already")

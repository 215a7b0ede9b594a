"""What people change about themselves, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.keyboard import Keyboard
from tests.web.mails import Mailbox
from tests.web.people import new_address

pytestmark = pytest.mark.xdist_group("product")


def test_the_address_changes_when_the_new_one_is_confirmed_and_not_before(visit, product, newcomer):
    finn = newcomer("Finn", proven=False)
    email = new_address("Finn")
    new_mailbox = Mailbox(product, email)
    page = visit("/settings", as_person=finn)
    keyboard = Keyboard(page)
    keyboard.follow(page.get_by_role("link", name="Email address"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    keyboard.type(page.get_by_label("Password", exact=True), "not the password")
    keyboard.follow(page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("alert")).to_be_focused()
    keyboard.type(page.get_by_label("Password", exact=True), finn.password)
    keyboard.follow(page.get_by_role("button", name="Continue"))
    keyboard.type(page.get_by_label("New email address"), email)
    keyboard.follow(page.get_by_role("button", name="Send the link"))
    expect(page.get_by_role("status")).to_contain_text(f"We sent a link to {email}.")
    expect(page.locator("dd")).to_have_text(finn.email)

    page.goto(new_mailbox.link("Confirm your new email address"))
    keyboard.follow(page.get_by_role("button", name="Change my address"))
    assert f"from {finn.email} to {email}" in finn.mailbox.next("Your email address was changed")

    keyboard.follow(page.get_by_role("button", name="Sign out"))
    keyboard.type(page.get_by_label("Email address"), email)
    keyboard.type(page.get_by_label("Password", exact=True), finn.password)
    keyboard.follow(page.get_by_role("button", name="Sign in", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Finn")


def test_a_session_that_is_ended_in_one_browser_is_out_in_the_other_with_its_next_request(visit, newcomer):
    gwen = newcomer("Gwen")
    other = visit("/sign-in")
    other.get_by_label("Email address").fill(gwen.email)
    other.get_by_label("Password", exact=True).fill(gwen.password)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Hello, Gwen")

    page = visit("/settings", as_person=gwen)
    keyboard = Keyboard(page)
    keyboard.follow(page.get_by_role("link", name="Sessions"))
    expect(page.locator(".rows > li")).to_have_count(2)
    keyboard.follow(page.get_by_role("button", name="Sign out Chrome"))
    expect(page.get_by_role("status")).to_have_text("That device is signed out.")
    expect(page.locator(".rows > li")).to_have_count(1)
    other.get_by_role("link", name="Settings").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")


def test_a_token_is_shown_once_works_and_is_revoked(visit, newcomer):
    page = visit("/settings/tokens", as_person=newcomer("Hugo"))
    keyboard = Keyboard(page)
    keyboard.follow(page.get_by_role("link", name="Make a token"))
    keyboard.type(page.get_by_label("Name"), "Backup script")
    keyboard.press(page.get_by_role("radio", name="Read", exact=False).first, "ArrowDown")
    keyboard.follow(page.get_by_role("button", name="Make the token"))
    token = page.locator("#token").inner_text()
    me = {"headers": {"Authorization": f"Bearer {token}"}}
    visitor = visit("/").request
    assert visitor.get("/api/v1/me", **me).json()["name"] == "Hugo"

    keyboard.follow(page.get_by_role("link", name="I have it: back to your tokens"))
    assert token not in page.content()
    keyboard.follow(page.get_by_role("button", name="Revoke"))
    assert visitor.get("/api/v1/me", **me).status == 401

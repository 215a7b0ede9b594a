from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.keyboard import Keyboard

pytestmark = pytest.mark.xdist_group("product")

NEW = "three-quiet-otters"


def test_a_forgotten_password_is_replaced_by_mail_and_every_session_ends(visit, newcomer):
    emil = newcomer("Emil")
    signed_in = visit("/settings", as_person=emil)
    page = visit("/sign-in")
    keyboard = Keyboard(page)
    heading = page.get_by_role("heading", level=1)
    keyboard.follow(page.get_by_role("link", name="Forgot your password?"))
    keyboard.type(page.get_by_label("Email address"), emil.email)
    keyboard.follow(page.get_by_role("button", name="Send the link"))
    expect(heading).to_have_text("Look into your mail")

    link = emil.mailbox.link("Choose a new password")
    page.goto(link)
    keyboard.type(page.get_by_label("New password", exact=True), "short")
    keyboard.follow(page.get_by_role("button", name="Change the password"))
    expect(page.get_by_role("alert")).to_be_focused()
    keyboard.type(page.get_by_label("New password", exact=True), NEW)
    keyboard.follow(page.get_by_role("button", name="Change the password"))
    expect(heading).to_have_text("Your password was changed")
    signed_in.reload()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Sign in")

    keyboard.follow(page.get_by_role("main").get_by_role("link", name="Sign in"))
    keyboard.type(page.get_by_label("Email address"), emil.email)
    keyboard.type(page.get_by_label("Password", exact=True), NEW)
    keyboard.follow(page.get_by_role("button", name="Sign in", exact=True))
    expect(heading).to_have_text("Hello, Emil")
    page.goto(link)
    expect(page.get_by_role("main")).to_contain_text("This link has been used, or is too old.")

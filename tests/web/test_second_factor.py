"""An authenticator app and recovery codes, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.codes import code_of
from tests.web.keyboard import Keyboard
from tests.web.people import Person

pytestmark = pytest.mark.xdist_group("product")

REFUSED = "That code is not right, or was used already."


def to_the_second_step(page: Page, keyboard: Keyboard, person: Person) -> None:
    page.goto("/sign-in")
    keyboard.type(page.get_by_label("Email address"), person.email)
    keyboard.type(page.get_by_label("Password", exact=True), person.password)
    keyboard.follow(page.get_by_role("button", name="Sign in", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")


def type_code(page: Page, keyboard: Keyboard, code: str) -> None:
    field = page.get_by_role("textbox", name="Code")
    keyboard.type(field, code)
    keyboard.follow(field)


def test_an_app_is_set_up_and_its_codes_and_the_recovery_codes_each_open_the_door_once(visit, newcomer):
    dora = newcomer("Dora")
    page = visit("/settings/security", as_person=dora)
    keyboard = Keyboard(page)
    heading = page.get_by_role("heading", level=1)
    keyboard.follow(page.get_by_role("link", name="Set up"))
    secret = page.get_by_label("Secret", exact=True).inner_text()
    type_code(page, keyboard, "123")
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.get_by_label("Secret", exact=True).inner_text() == secret  # the app has it already
    type_code(page, keyboard, code_of(secret))
    expect(heading).to_have_text("Recovery codes")
    recovery = page.locator(".codes li").all_inner_texts()
    assert len(set(recovery)) == 10
    assert "An authenticator app was set up" in dora.mailbox.next("Two-step verification is on")

    visitor = visit("/")
    keyboard = Keyboard(visitor)
    to_the_second_step(visitor, keyboard, dora)
    visitor.goto("/settings")  # the password alone opens nothing
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Second step")
    code = code_of(secret)
    type_code(visitor, keyboard, code)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Hello, Dora")
    keyboard.follow(visitor.get_by_role("button", name="Sign out"))

    to_the_second_step(visitor, keyboard, dora)
    type_code(visitor, keyboard, code)
    expect(visitor.get_by_role("alert")).to_contain_text(REFUSED)
    type_code(visitor, keyboard, recovery[0])
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Hello, Dora")
    keyboard.follow(visitor.get_by_role("button", name="Sign out"))

    to_the_second_step(visitor, keyboard, dora)
    type_code(visitor, keyboard, recovery[0])
    expect(visitor.get_by_role("alert")).to_contain_text(REFUSED)
    type_code(visitor, keyboard, recovery[1])
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Hello, Dora")
    page.goto("/settings/security")
    expect(page.get_by_role("main")).to_contain_text("8 codes are left")

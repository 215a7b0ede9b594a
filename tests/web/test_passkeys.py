"""A passkey, by keyboard alone: adding it, and signing in with nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.keyboard import Keyboard
from tests.web.passkeys import Authenticator

pytestmark = pytest.mark.xdist_group("product")


def test_somebody_adds_a_passkey_and_signs_in_with_it_alone(visit, newcomer):
    cleo = newcomer("Cleo")
    page = visit("/settings", as_person=cleo)
    keyboard, device = Keyboard(page), Authenticator(page)
    heading = page.get_by_role("heading", level=1)
    keyboard.follow(page.get_by_role("link", name="Two-step verification and passkeys"))
    keyboard.follow(page.get_by_role("link", name="Add a passkey"))
    keyboard.type(page.get_by_label("Name"), "Pocket")
    keyboard.follow(page.get_by_role("button", name="Add"))
    expect(heading).to_have_text("Recovery codes")
    expect(page.locator(".codes li")).to_have_count(10)
    assert len(device.credentials()) == 1
    assert "A passkey was added to your account" in cleo.mailbox.next("A passkey was added")
    keyboard.follow(page.get_by_role("link", name="Done"))
    expect(page.get_by_role("main")).to_contain_text("Pocket")

    keyboard.follow(page.get_by_role("button", name="Sign out"))
    expect(heading).to_have_text("Sign in")
    keyboard.follow(page.get_by_role("button", name="Sign in with a passkey"))
    expect(heading).to_have_text("Hello, Cleo")

    # Whoever finds the device, and cannot prove to be its owner, stays outside.
    keyboard.follow(page.get_by_role("button", name="Sign out"))
    device.refuses()
    button = page.get_by_role("button", name="Sign in with a passkey")
    keyboard.press(button)
    expect(page.get_by_role("alert")).to_have_text("No passkey was used. Try again, or use another way.")
    expect(button).to_be_focused()
    page.goto("/settings")
    expect(heading).to_have_text("Sign in")


def test_a_passkey_is_the_second_step_after_the_password_and_opens_nothing_once_removed(visit, newcomer):
    cyd = newcomer("Cyd")
    page = visit("/settings/security/passkeys/add", as_person=cyd)
    keyboard, device = Keyboard(page), Authenticator(page)
    keyboard.type(page.get_by_label("Name"), "Pocket")
    keyboard.follow(page.get_by_role("button", name="Add"))

    other = visit("/sign-in")
    theirs = Keyboard(other)
    Authenticator(other, device.credentials())
    theirs.type(other.get_by_label("Email address"), cyd.email)
    theirs.type(other.get_by_label("Password", exact=True), cyd.password)
    theirs.follow(other.get_by_label("Password", exact=True))
    expect(other.get_by_role("heading", level=1)).to_have_text("Second step")
    theirs.follow(other.get_by_role("button", name="Use a passkey"))
    expect(other.get_by_role("heading", level=1)).to_have_text("Hello, Cyd")

    page.goto("/settings/security")
    keyboard.follow(page.get_by_role("link", name="Remove Pocket"))
    keyboard.follow(page.get_by_role("button", name="Remove it"))
    expect(page.get_by_role("status")).to_have_text("The passkey was removed.")
    theirs.follow(other.get_by_role("button", name="Sign out"))
    theirs.follow(other.get_by_role("button", name="Sign in with a passkey"))
    expect(other.get_by_role("status")).to_contain_text("That passkey did not work.")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")

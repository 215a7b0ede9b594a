from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cast import PASSWORD
from tests.web.keyboard import Keyboard
from tests.web.mails import Mailbox
from tests.web.people import new_address

pytestmark = pytest.mark.xdist_group("product")


def test_somebody_new_is_invited_by_mail_and_becomes_a_member_by_keyboard_alone(visit, product, newcomer):
    page = visit("/teams", as_person=newcomer("Ines"))
    keyboard = Keyboard(page)
    keyboard.follow(page.get_by_role("link", name="Make a team"))
    keyboard.type(page.get_by_label("Name of the team"), "Night shift")
    keyboard.follow(page.get_by_role("button", name="Make the team"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Night shift")

    email = new_address("Jo")
    mailbox = Mailbox(product, email)
    keyboard.type(page.get_by_label("Email address"), "jo")
    keyboard.follow(page.get_by_role("button", name="Invite"))
    expect(page.get_by_role("alert")).to_be_focused()
    keyboard.type(page.get_by_label("Email address"), email)
    keyboard.press(page.get_by_role("radio", name="Member"), "ArrowUp")
    expect(page.get_by_role("radio", name="Admin")).to_be_checked()
    keyboard.follow(page.get_by_role("button", name="Invite"))
    expect(page.get_by_role("status")).to_contain_text("The invitation is made")

    link = mailbox.link("Ines invites you to a team in Nozbe")
    invited = visit(link)
    keyboard = Keyboard(invited)
    expect(invited.get_by_role("heading", level=1)).to_have_text("You are invited to Night shift")
    keyboard.follow(invited.get_by_role("main").get_by_role("link", name="Sign up"))
    keyboard.type(invited.get_by_label("Email address"), email)
    keyboard.type(invited.get_by_label("Your name"), "Jo")
    keyboard.choose(invited.get_by_label("Country"), "Germany")
    keyboard.type(invited.get_by_label("Password", exact=True), PASSWORD)
    keyboard.follow(invited.get_by_role("button", name="Sign up"))
    # The link was in a mail to this address, so there is nothing left to confirm.
    expect(invited.get_by_role("heading", level=1)).to_have_text("You are invited to Night shift")
    keyboard.follow(invited.get_by_role("button", name="Accept"))
    expect(invited.get_by_role("status")).to_have_text("Welcome to the team.")
    expect(invited.get_by_role("main")).to_contain_text("Your role: Admin")

    page.reload()
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row", name="Jo")).to_contain_text("Admin")
    again = visit(link)
    expect(again.get_by_role("heading", level=1)).to_have_text("This invitation is over")

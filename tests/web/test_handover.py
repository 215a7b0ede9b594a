from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.keyboard import Keyboard

pytestmark = pytest.mark.xdist_group("product")


def test_a_team_is_handed_over_by_keyboard_alone_and_both_see_it(visit, newcomer, team_of):
    kim, lea = newcomer("Kim"), newcomer("Lea")
    team = team_of(kim, lea)
    page, theirs = visit(team, as_person=kim), visit(team, as_person=lea)
    expect(theirs.get_by_role("link", name="Hand over")).to_have_count(0)
    keyboard = Keyboard(page)
    keyboard.follow(page.get_by_role("link", name="Hand over"))
    keyboard.follow(page.get_by_role("button", name="Hand the team over"))
    expect(page.get_by_role("alert")).to_be_focused()
    keyboard.choose(page.get_by_label("New owner"), f"Lea ({lea.email})")
    keyboard.follow(page.get_by_role("button", name="Hand the team over"))
    expect(page.get_by_role("status")).to_contain_text("The team has a new owner.")

    theirs.reload()
    for seen, own in ((page, "Admin"), (theirs, "Owner")):
        expect(seen.get_by_role("main")).to_contain_text(f"Your role: {own}")
        expect(seen.get_by_role("row", name="Lea")).to_contain_text("Owner")
        expect(seen.get_by_role("row", name="Kim")).to_contain_text("Admin")
    expect(page.get_by_role("link", name="Hand over")).to_have_count(0)
    expect(theirs.get_by_role("link", name="Hand over")).to_have_count(1)

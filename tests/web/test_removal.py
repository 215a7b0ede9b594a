from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.keyboard import Keyboard

pytestmark = pytest.mark.xdist_group("product")

OPEN_STREAM = """() => new Promise(resolve => {
  window.stream = new EventSource('/api/v1/sync/events');
  window.stream.onopen = resolve;
})"""

UNTIL_STREAM_IS_CLOSED = """() => new Promise(resolve => {
  const look = () => window.stream.readyState === EventSource.CLOSED ? resolve() : setTimeout(look, 50);
  look();
})"""


def test_a_member_who_is_removed_loses_the_page_and_the_stream_that_are_open(visit, newcomer, team_of):
    mona, nils = newcomer("Mona"), newcomer("Nils")
    team = team_of(mona, nils)
    theirs = visit(team, as_person=nils, may="401 for GET")  # their browser tries to open the stream again
    theirs.evaluate(OPEN_STREAM)

    page = visit(team, as_person=mona)
    keyboard = Keyboard(page)
    keyboard.follow(page.get_by_role("row", name="Nils").get_by_role("link"))
    keyboard.follow(page.get_by_role("link", name="Remove"))
    keyboard.follow(page.get_by_role("button", name="Remove from the team"))
    expect(page.get_by_role("row")).to_have_count(2)

    theirs.evaluate(UNTIL_STREAM_IS_CLOSED)
    theirs.get_by_role("link", name="Leave").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Sign in")
    theirs.goto(team)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Sign in")

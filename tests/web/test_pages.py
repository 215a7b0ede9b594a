"""Every page: nothing that axe finds, in light and dark, on a phone and a wide screen; and all of it by keyboard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.web.axe import axe_violations
from tests.web.site import NO_PAGES, PAGES, names_of_urls, path_of
from tests.web.watching import VISITS
from tests.web.world import World

pytestmark = pytest.mark.xdist_group("product")

WIDE, PHONE, NARROWEST = (ViewportSize(width=width, height=800) for width in (1280, 390, 320))

STOPS = """() => {
  const stops = [];
  for (const element of document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')) {
    element.focus();
    if (element !== document.activeElement) continue;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    stops.push({
      html: element.outerHTML.slice(0, 200),
      outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      top: box.top + scrollY,
      bottom: box.bottom + scrollY,
    });
  }
  return stops;
}"""
"""Where Tab stops, in its order; axe refuses a `tabindex` that would make another."""


@pytest.fixture(scope="module")
def world(browser, product) -> Iterator[World]:
    world = World(browser, product)
    yield world
    world.close()


@pytest.fixture
def look(request, world):
    """The page of somebody, watched."""

    def look(who: str) -> Page:
        context, watch = world.visits[who]
        watch.problems.clear()
        request.node.stash.setdefault(VISITS, []).append((context, watch))
        return context.pages[0]

    return look


def test_every_page_is_listed():
    assert names_of_urls() == PAGES.keys() | NO_PAGES.keys(), "tests/web/site.py"


@pytest.mark.parametrize(("name", "who"), [(name, who) for name, all_who in PAGES.items() for who in all_who])
def test_a_page_keeps_nobody_out(look, world, name, who):
    page = look(who)
    path = path_of(name, world.paths)
    page.goto(path)
    assert page.url.endswith(path) or name == "account_reset_password_from_key", page.url  # whose link is used up
    page_keeps_nobody_out(page, long=name == "api-docs")


@pytest.mark.parametrize("who", ["visitor", "owner"])
def test_a_refusal_keeps_nobody_out(look, world, who):
    page = look(who)
    answer = page.goto("/no-such-page")
    assert answer.status == 404
    page_keeps_nobody_out(page)


@pytest.mark.parametrize("name", ["account_signup", "account_login"])
def test_a_refused_form_keeps_nobody_out(look, world, name):
    page = look("visitor")
    page.goto(path_of(name, world.paths))
    page.locator("main form").first.get_by_role("button", name="Sign", exact=False).click()
    page.get_by_role("alert").wait_for()  # of exactly one
    page_keeps_nobody_out(page)


def page_keeps_nobody_out(page: Page, *, long: bool = False) -> None:
    """`long`: a page of which axe takes long to see that all its parts are alike."""
    look_at(page, WIDE, "light")
    if not long:
        look_at(page, WIDE, "dark", only_what_is_seen=True)
        look_at(page, PHONE, "light", only_what_is_seen=True)
    look_at(page, PHONE, "dark")
    page.set_viewport_size(NARROWEST)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"], "it scrolls sideways"
    page.keyboard.press("Tab")  # from here on the focus is that of a keyboard
    stops = page.evaluate(STOPS)
    assert [stop for stop in stops if not stop["outlined"]] == []
    # There is one column now, so the order of Tab is downwards; but for the link that skips, above all others.
    assert [next for stop, next in itertools.pairwise(stops[1:]) if next["bottom"] <= stop["top"]] == []


def look_at(page: Page, size: ViewportSize, colours: str, *, only_what_is_seen: bool = False) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=colours)
    assert axe_violations(page, only_what_is_seen=only_what_is_seen) == [], (size, colours)

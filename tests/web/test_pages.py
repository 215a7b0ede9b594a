"""Every page: nothing that axe finds, in light and dark, on a phone and a wide screen; and all of it by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.web.axe import axe_violations
from tests.web.site import NO_PAGES, PAGES, names_of_urls, path_of
from tests.web.watching import VISITS
from tests.web.world import World

pytestmark = pytest.mark.xdist_group("product")

WIDE, PHONE, NARROWEST = ({"width": width, "height": 800} for width in (1280, 390, 320))

WITHOUT_FOCUS = """() => {
  const hidden = [];
  for (const element of document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')) {
    element.focus();
    if (element !== document.activeElement) continue;
    const style = getComputedStyle(element);
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) hidden.push(element.outerHTML);
  }
  return hidden;
}"""


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
    page_keeps_nobody_out(page)


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
    assert page.get_by_role("alert").count() == 1
    page_keeps_nobody_out(page)


def page_keeps_nobody_out(page: Page) -> None:
    for size, colours in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "dark"), (PHONE, "light")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours)
        seen = (size, colours) in ((WIDE, "dark"), (PHONE, "light"))
        assert axe_violations(page, only_what_is_seen=seen) == [], (size, colours)
    page.set_viewport_size(NARROWEST)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"], "it scrolls sideways"
    page.keyboard.press("Tab")  # from here on the focus is that of a keyboard
    assert page.evaluate(WITHOUT_FOCUS) == []

"""That the other tests here would notice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.web.axe import axe_violations
from tests.web.keyboard import Keyboard
from tests.web.watching import Watch, settle

pytestmark = pytest.mark.xdist_group("product")


@pytest.fixture
def page(browser, product) -> Page:
    context = browser.new_context(base_url=f"http://localhost:{product.port}")
    yield context.new_page()
    context.close()


def test_what_a_page_must_not_do_is_noticed(page):
    watch = Watch(page.context)
    page.goto("/no-such-page")
    assert watch.problems == []
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    page.evaluate("fetch('/no-such-thing')")
    page.evaluate("setTimeout(() => { throw new Error('made for this test') })")
    page.evaluate("fetch('https://elsewhere.example/').catch(() => {})")
    page.wait_for_timeout(100)  # the script's error comes in a turn of its own
    settle(page)
    noticed = "\n".join(watch.problems)
    for words in ("Applying inline style violates", "404 for GET", "made for this test", "elsewhere.example"):
        assert words in noticed


def test_what_keeps_people_out_is_noticed(page):
    page.goto("/safety")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x><input>')")
    assert {line.partition(":")[0] for line in axe_violations(page)} == {"image-alt", "label"}


def test_a_focus_that_cannot_be_seen_is_noticed(page):
    keyboard = Keyboard(page)
    page.goto("/safety")
    page.evaluate("for (const link of document.links) link.style.outline = 'none'")
    with pytest.raises(AssertionError, match="the focus cannot be seen"):
        keyboard.tab()

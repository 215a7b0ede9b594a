"""A browser for the running product. A page that fails a test is kept as a picture and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import browsers
from tests.web.people import Person, join, start_team
from tests.web.watching import VISITS, Watch, settle

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PATIENCE_MS = 10_000

Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Not for the session: while Playwright runs, this thread counts as inside an event loop, where Django refuses
    to use the database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.find_or_install(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(request, browser, product) -> Iterator[Visit]:
    """Opens a page in a browser of its own, fresh or with the cookies of an earlier one."""
    contexts = request.node.stash.setdefault(VISITS, [])

    def visit(path: str, *, as_person: Person | None = None, may: str = "", **options: object) -> Page:
        """`may`: what the page may do although it is a problem."""
        if as_person:
            options["storage_state"] = as_person.signed_in
        given = {"locale": "en", "timezone_id": "Europe/Warsaw", "reduced_motion": "reduce"}
        context = browser.new_context(base_url=f"http://localhost:{product.port}", **given | options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append((context, Watch(context, may=may)))
        page = context.new_page()
        page.goto(path)
        return page

    yield visit
    for context, _watch in contexts:
        context.close()


@pytest.fixture
def newcomer(browser, product) -> Callable[..., Person]:
    """Makes a person of that name, who has just signed up."""
    return partial(join, browser, product)


@pytest.fixture
def team_of(browser) -> Callable[..., str]:
    """Makes a team of an owner and members; returns its path."""
    return partial(start_team, browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    visits = item.stash.get(VISITS, [])
    try:
        result = yield
        for context, watch in visits:
            for page in context.pages:
                settle(page)
            assert watch.problems == []
        return result
    except BaseException:
        folder = Path(item.config._tmp_path_factory.mktemp("pages"))  # what the fixture tmp_path_factory is
        item.add_report_section("call", "pages", "\n".join(map(str, _keep(visits, folder))))
        raise


def _keep(visits: list[tuple[BrowserContext, Watch]], folder: Path) -> Iterator[Path]:
    for number, page in enumerate(page for context, _watch in visits for page in context.pages):
        picture, source = folder / f"{number}.png", folder / f"{number}.html"
        page.screenshot(path=picture, full_page=True)
        source.write_text(f"<!-- {page.url} -->\n{page.content()}")
        yield from (picture, source)

"""What must never happen on a page, whatever else a test is about."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response


class Watch:
    """Notes errors in the console (a violated content security policy is one), scripts that fail, failed answers.

    A page may itself be a refusal, 404 say. What a page loads may not.
    """

    def __init__(self, context: BrowserContext, *, may: str = "") -> None:
        """`may`: what a problem that is wanted begins with."""
        self.problems: list[str] = []
        self.may = may
        context.on("console", self._console)
        context.on("response", self._response)
        context.on("weberror", lambda error: self._note(f"script: {error.error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            self._note(f"console of {message.location['url']}: {message.text}")

    def _response(self, response: Response) -> None:
        is_page = response.request.resource_type == "document"
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self._note(f"{response.status} for {response.request.method} {response.url}")

    def _note(self, problem: str) -> None:
        if not (self.may and problem.startswith(self.may)):
            self.problems.append(problem)


VISITS = pytest.StashKey[list[tuple[BrowserContext, Watch]]]()
"""The browsers that a test uses: looked at when it is done, kept when it fails."""


def settle(page: Page) -> None:
    """Wait until what happened on the page so far has been noted."""
    if not page.is_closed():
        page.evaluate("0")

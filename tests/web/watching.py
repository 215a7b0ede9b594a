"""What must never happen on a page, whatever else a test is about."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response


class Watch:
    """Notes errors in the console (a violated content security policy is one), scripts that fail, failed answers.

    A page may itself be a refusal, 404 say. What a page loads may not.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        context.on("console", self._console)
        context.on("response", self._response)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            self.problems.append(f"console of {message.location['url']}: {message.text}")

    def _response(self, response: Response) -> None:
        is_page = response.request.resource_type == "document"
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self.problems.append(f"{response.status} for {response.request.method} {response.url}")


def settle(page: Page) -> None:
    """Wait until what happened on the page so far has been noted."""
    if not page.is_closed():
        page.evaluate("0")

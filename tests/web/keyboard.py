"""Somebody who has a keyboard and no mouse."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

MOST_STOPS = 80

NO_MOUSE = "addEventListener('pointerdown', () => console.error('a test by keyboard alone used the mouse'), true)"

FOCUS = """target => {
  const element = document.activeElement;
  if (element.matches('body, main')) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    reached: element === target,
    html: element.cloneNode(false).outerHTML.slice(0, 200),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inView: box.width > 0 && box.height > 0
      && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0,
  };
}"""


FROM_THE_TOP = "target => document.activeElement === document.body && target.closest('main') !== null"


class Keyboard:
    """Goes from stop to stop; at each, the focus must be seen. Using the mouse fails the test."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(NO_MOUSE)

    def tab(self, *, back: bool = False) -> dict[str, object] | None:
        """One stop on; returns where the focus is now, None when it has left the page."""
        self.page.keyboard.press("Shift+Tab" if back else "Tab")
        return check_focus(self.page.evaluate(FOCUS))

    def to(self, target: Locator) -> None:
        """Go on until `target` has the focus; from the top of a page, by the link that skips to its content."""
        if target.evaluate(FROM_THE_TOP):
            self.page.keyboard.press("Tab")
            self.page.keyboard.press("Enter")
        passed: list[object] = []
        while not ((stop := target.evaluate(FOCUS)) and stop["reached"]):
            passed.append(check_focus(stop))
            assert len(passed) < MOST_STOPS, f"{target} cannot be reached; the stops are {passed}"
            self.page.keyboard.press("Tab")

    def type(self, target: Locator, text: str) -> None:
        self.to(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, label: str) -> None:
        """Pick an option by typing how it begins, as one does in a closed list."""
        self.to(target)
        self.page.keyboard.type(label)
        assert target.evaluate("select => select.selectedOptions[0].label") == label

    def press(self, target: Locator, key: str = "Enter") -> None:
        self.to(target)
        self.page.keyboard.press(key)

    def follow(self, target: Locator, key: str = "Enter") -> None:
        """Press what leads to another page, and wait for that."""
        self.to(target)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)


def check_focus(stop: dict[str, object] | None) -> dict[str, object] | None:
    if stop:
        assert stop["outlined"], f"the focus cannot be seen: {stop['html']}"
        assert stop["inView"], f"the focus is out of sight: {stop['html']}"
    return stop

"""What axe-core (Deque) finds wrong with a page: the rules of WCAG 2.0 to 2.2, A and AA, and its best practice."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SEEN = {"color-contrast": {"enabled": True}, "target-size": {"enabled": True}}
"""Rules about what is seen, which depends on the colours and the width."""

RUN = """async options => {
  const quick = { resultTypes: ['violations'], selectors: false, iframes: false };
  const { violations } = await axe.run(document, { ...quick, ...options });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(node => `${id}: ${help}: ${node.html.slice(0, 300)}`));
}"""


def axe_violations(page: Page, *, only_what_is_seen: bool = False) -> list[str]:
    """One line for each element that breaks a rule: the rule, what it asks for, the element."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    if only_what_is_seen:
        return page.evaluate(RUN, {"runOnly": {"type": "rule", "values": list(SEEN)}})
    return page.evaluate(RUN, {"runOnly": {"type": "tag", "values": TAGS}, "rules": SEEN})

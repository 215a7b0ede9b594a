"""Those who look at all pages (`site.py` says who they are), each in a browser of their own, and what is theirs."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.local_stack import LocalStack
from tests.web.codes import code_of
from tests.web.mails import Mailbox
from tests.web.passkeys import Authenticator
from tests.web.people import CONFIRM, Person, details_of, join, new_address, send, start_team
from tests.web.watching import Watch

LONG = "Konstantynopolitanczykowianeczkaowna Wyindywidualizowana-Rozentuzjazmowana"


class World:
    def __init__(self, browser: Browser, product: LocalStack) -> None:
        self.browser = browser
        self.product = product
        self.visits: dict[str, tuple[BrowserContext, Watch]] = {}
        self.paths: dict[str, str] = {}
        """Of pages about something, by the name of their URL."""

        owner, member, newcomer = (join(browser, product, name) for name in (LONG, "Member", "Newcomer"))
        for who, person in (("owner", owner), ("member", member), ("newcomer", newcomer)):
            self._open(who, storage_state=person.signed_in)
        self._open("visitor")
        self._open("halfway")
        self._make_team(owner, member, newcomer)
        self._give_everything(self._page("owner"))
        self._ask_for_links(member)
        send(self._page("halfway").request, "/sign-in", login=owner.email, password=owner.password)

    def close(self) -> None:
        for context, _watch in self.visits.values():
            context.close()

    def _open(self, who: str, **options: object) -> None:
        home = f"http://localhost:{self.product.port}"
        context = self.browser.new_context(base_url=home, locale="en", reduced_motion="reduce", **options)
        self.visits[who] = (context, Watch(context))
        context.new_page()

    def _page(self, who: str) -> Page:
        return self.visits[who][0].pages[0]

    def _make_team(self, owner: Person, member: Person, newcomer: Person) -> None:
        team = start_team(self.browser, owner, member, name=LONG)
        send(self._page("owner").request, f"{team}/invite", email=newcomer.email, role="guest")
        invited = self._page("newcomer")
        invited.goto("/teams")
        self.paths["invitation"] = invited.locator("form[action^='/invitations/']").get_attribute("action") or ""
        page = self._page("owner")
        page.goto(team)
        its_member = page.get_by_role("row", name="Member").get_by_role("link").get_attribute("href") or ""
        self.paths |= {
            "team": team,
            "team-rename": f"{team}/name",
            "team-leave": f"{team}/leave",
            "team-hand-over": f"{team}/hand-over",
            "team-invite": f"{team}/invite",
            "team-member": its_member,
            "team-member-remove": f"{its_member}/removal",
        }

    def _give_everything(self, page: Page) -> None:
        Authenticator(page)
        page.goto("/settings/tokens/new")
        page.get_by_label("Name").fill(LONG)
        page.get_by_role("button", name="Make the token").click()
        page.goto("/settings/security/app")
        page.get_by_role("textbox", name="Code").fill(code_of(page.get_by_label("Secret", exact=True).inner_text()))
        page.get_by_role("button", name="Turn on").click()
        page.goto("/settings/security/passkeys/add")
        page.get_by_label("Name").fill(LONG)
        with page.expect_navigation():
            page.get_by_role("button", name="Add").click()
        page.goto("/settings/security")
        for name, text in (("mfa_edit_webauthn", "Rename"), ("mfa_remove_webauthn", "Remove")):
            self.paths[name] = page.get_by_role("link", name=f"{text} {LONG}").get_attribute("href") or ""

    def _ask_for_links(self, member: Person) -> None:
        """Mailed ones, to pages that each wait for a button."""
        visitor = self.browser.new_context(base_url=member.home)
        signing_up = Mailbox(self.product, new_address("New"))
        send(visitor.request, "/sign-up", **details_of(signing_up.email))
        self.paths["account_confirm_email"] = urlsplit(signing_up.link(CONFIRM)).path
        send(visitor.request, "/password/reset", email=member.email)
        forgotten = member.mailbox.link("Choose a new password")
        self.paths["account_reset_password_from_key"] = urlsplit(forgotten).path
        visitor.close()
        changing = Mailbox(self.product, new_address("Changed"))
        send(self._page("owner").request, "/settings/email", email=changing.email)
        self.paths["confirm-new-address"] = urlsplit(changing.link("Confirm your new email address")).path

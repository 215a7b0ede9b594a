"""People who are made by tests: each has an address, a mailbox and a browser that is signed in."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import APIRequestContext, APIResponse, Browser

from tests.cast import PASSWORD
from tests.journeys.local_stack import LocalStack
from tests.web.mails import Mailbox

CONFIRM = "Confirm your email address"


def new_address(name: str) -> str:
    return f"{name.split()[0].lower()}-{secrets.token_hex(4)}@people.example"


def details_of(email: str, name: str = "Somebody") -> dict[str, str]:
    return {"email": email, "name": name, "country": "PL", "time_zone": "Europe/Warsaw", "password1": PASSWORD}


@dataclass
class Person:
    name: str
    email: str
    mailbox: Mailbox
    signed_in: dict[str, object]
    """The cookies of the browser they signed up with."""

    home: str

    password: str = PASSWORD


def join(browser: Browser, product: LocalStack, name: str, *, proven: bool = True) -> Person:
    """Sign up and confirm the address, by the same pages as everybody, without drawing them.

    `proven`: they have typed their password too, so that no page asks "Is it you?" for a while.
    """
    email = new_address(name)
    mailbox = Mailbox(product, email)
    home = f"http://localhost:{product.port}"
    context = browser.new_context(base_url=home)
    send(context.request, "/sign-up", **details_of(email, name))
    answer = send(context.request, mailbox.link(CONFIRM))
    assert f"Hello, {name}" in answer.text(), answer.text()
    if proven:
        send(context.request, "/confirm-it-is-you", password=PASSWORD)
    person = Person(name, email, mailbox, context.storage_state(), home)
    context.close()
    return person


def start_team(browser: Browser, owner: Person, *members: Person, name: str = "Night shift") -> str:
    """Make a team of these people; returns its path."""
    by_owner = browser.new_context(base_url=owner.home, storage_state=owner.signed_in)
    path = urlsplit(send(by_owner.request, "/teams/new", name=name).url).path
    for member in members:
        send(by_owner.request, f"{path}/invite", email=member.email, role="member")
        by_member = browser.new_context(base_url=member.home, storage_state=member.signed_in)
        link = re.search(r'action="(/invitations/[^"]+)"', by_member.request.get("/teams").text())
        assert link
        send(by_member.request, link.group(1))
        by_member.close()
    by_owner.close()
    return path


def send(requests: APIRequestContext, path: str, **fields: str) -> APIResponse:
    """Fill in the first form of a page that posts to that page, and send it."""
    page = requests.get(path).text()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, page
    answer = requests.post(path, form={"csrfmiddlewaretoken": token.group(1), **fields})
    assert answer.status == 200, answer.text()
    assert 'class="summary" role="alert" tabindex' not in answer.text(), answer.text()
    return answer

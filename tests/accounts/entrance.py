"""Ways through the entrance, as a browser goes them: forms, mails, codes."""

from __future__ import annotations

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core import mail
from django.test import Client

from nozbe.audit.models import Event
from tests.cast import PASSWORD, Person

SECOND_FACTOR = "/sign-in/second-factor"


def sign_in(client: Client, person: Person, *, password: str = PASSWORD, **more):
    return client.post("/sign-in", {"login": person.email, "password": password}, **more)


def signed_in(client: Client) -> bool:
    """Whether the next request is somebody's."""
    return "Sign out" in client.get("/").content.decode()


def confirm_identity(client: Client) -> None:
    answer = client.post("/confirm-it-is-you", {"password": PASSWORD})
    assert answer.status_code == 302, answer.content


def path_in_mail() -> str:
    """Where the link of the newest mail leads."""
    found = re.search(rf"^{settings.ORIGIN}(/\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found.group(1)


def set_up_app(client: Client) -> str:
    """Returns the app's secret."""
    confirm_identity(client)
    page = client.get("/settings/security/app")
    secret = page.context["secret"].replace(" ", "")
    answer = client.post("/settings/security/app", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/settings/security/codes", answer.content
    return secret


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def codes_on(page) -> list[str]:
    return re.findall(r"<li>(\d{8})</li>", page.content.decode())


def verbs() -> list[str]:
    """What the record says was done, in order, in the test's transaction: nothing is ever taken from the record."""
    ours = Event.objects.extra(where=["xid = pg_current_xact_id()"])
    return list(ours.order_by("id").values_list("verb", flat=True))


def without_tokens(page) -> str:
    """What a page says, without what differs in every one."""
    text = page.content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)

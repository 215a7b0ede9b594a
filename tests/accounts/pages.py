"""How tests go through pages: as whom, and what must be the same afterwards."""

from __future__ import annotations

import time

from django.test import Client

from accounts.models import Account, ApiToken, Invitation, Membership, Team
from nozbe.audit.models import Event
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, Person

EVERYBODY = {"owner": OWNER, "admin": ADMIN, "member": MEMBER, "guest": GUEST, "stranger": STRANGER, "visitor": None}


def browser_of(person: Person | Account | None) -> Client:
    """Signed in, and asked for the password a moment ago."""
    client = Client()
    if person is not None:
        account = person.account() if isinstance(person, Person) else person
        client.force_login(account)
        session = client.session
        session["account_authentication_methods_user"] = account.pk
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "reauthenticated": True},
        ]
        session.save()
    return client


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row that an act on these pages could change, and how much is on record."""
    rows = {
        model.__name__: sorted(model.objects.values_list(*(field.attname for field in model._meta.fields)), key=repr)
        for model in (Account, ApiToken, Invitation, Membership)
    }
    teams = [(team.pk, team.__dict__["name"].ciphertext) for team in Team.objects.order_by("pk")]
    return rows | {"Team": teams, "events": [(Event.objects.count(),)]}

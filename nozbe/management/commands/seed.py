"""Example people for the local stack, made through the same verbs as everybody else. Safe to repeat.

`credentials.json` maps address to `{"password", "totp_secret", "api_token", "role"}`; what does not exist yet is null.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account
from nozbe.local.secrets import MARK, write
from support.models import DatabaseAdministrator, Staff

PEOPLE = {
    "owner": "Olivia Owner",
    "admin": "Adam Admin",
    "member": "Mia Member",
    "guest": "Gus Guest",
    "stranger": "Sam Stranger",
}
SUPPORT = {"support": "Robin"}
ADMINISTRATORS = {"dba1": "Seat 1", "dba2": "Seat 2", "dba3": "Seat 3", "dba4": "Seat 4"}


class Command(BaseCommand):
    help = "Create the example people of the local stack."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--credentials", type=Path, required=True, help="JSON file to keep the passwords in")
        parser.add_argument("--people", action="store_true", help="customers; needs the web site's database role")
        parser.add_argument("--staff", action="store_true", help="support and DBAs; needs the migrations' role")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Example people have known names; they do not belong in production.")
        credentials = _credentials(options["credentials"])
        if options["people"]:
            for role, name in PEOPLE.items():
                self._person(_address(role), name, credentials[_address(role)]["password"])
        if options["staff"]:
            for role, pseudonym in SUPPORT.items():
                self._helper(Staff, _address(role), pseudonym, credentials[_address(role)]["password"])
            for role, pseudonym in ADMINISTRATORS.items():
                self._helper(DatabaseAdministrator, _address(role), pseudonym, credentials[_address(role)]["password"])

    def _person(self, email: str, name: str, password: str) -> None:
        account = Account.objects.filter(email=email).first()
        if account is None:
            Account.objects.sign_up(email=email, name=name, password=password, country="PL", time_zone="Europe/Warsaw")
        elif not account.check_password(password):
            account.change_password(password)

    def _helper(self, kind: type[Staff | DatabaseAdministrator], email: str, pseudonym: str, password: str) -> None:
        person = kind.objects.filter(email=email).first()
        if person is None:
            kind.objects.appoint(email=email, pseudonym=pseudonym, password=password)
        elif not person.check_password(password):
            person.change_password(password)


def _address(role: str) -> str:
    return f"{role}@example.com"


def _credentials(path: Path) -> dict[str, dict[str, Any]]:
    """What the file says, completed and written back when somebody is missing."""
    credentials: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [role for role in (*PEOPLE, *SUPPORT, *ADMINISTRATORS) if _address(role) not in credentials]
    for role in missing:
        credentials[_address(role)] = {
            "password": MARK + secrets.token_urlsafe(15),
            "totp_secret": None,
            "api_token": None,
            "role": role.rstrip("1234"),
        }
    if missing:
        write(path, json.dumps(credentials, indent=2) + "\n")
    return credentials

"""Example people and their work for the local stack, made through the same verbs as everybody else. Safe to repeat.

`credentials.json` maps address to `{"password", "totp_secret", "api_token", "role"}`; what somebody has not is null.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Account, ApiToken, Invitation, Role, Team
from nozbe.encryption.models.keyring import NoReadyKey
from nozbe.local.secrets import MARK, write
from support.models import DatabaseAdministrator, Staff
from tasks.seeding import fill

WAIT_SECONDS = 60
T = TypeVar("T")

TEAM = "Example team"
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
            accounts = {
                role: self._person(_address(role), name, credentials[_address(role)]["password"])
                for role, name in PEOPLE.items()
            }
            self._team(accounts)
            self._work(accounts)
            for role, account in accounts.items():
                self._token(account, credentials[_address(role)])
            write(options["credentials"], json.dumps(credentials, indent=2) + "\n")
        if options["staff"]:
            for role, pseudonym in SUPPORT.items():
                self._helper(Staff, _address(role), pseudonym, credentials[_address(role)]["password"])
            for role, pseudonym in ADMINISTRATORS.items():
                self._helper(DatabaseAdministrator, _address(role), pseudonym, credentials[_address(role)]["password"])

    def _person(self, email: str, name: str, password: str) -> Account:
        account = Account.objects.filter(email=email).first()
        if account is None:
            return when_keys_are_ready(
                lambda: Account.objects.sign_up(
                    email=email, name=name, password=password, country="PL", time_zone="Europe/Warsaw", verified=True
                )
            )
        if not account.check_password(password):
            account.change_password(password)
        return account

    def _team(self, people: dict[str, Account]) -> None:
        owner = people["owner"]
        if owner.memberships.exists():
            return
        with transaction.atomic():
            team = when_keys_are_ready(lambda: Team.objects.start(name=TEAM, by=owner))
            for role in (Role.ADMIN, Role.MEMBER, Role.GUEST):
                email = people[role].email
                Invitation.objects.invite(team, email=email, role=role, by=owner).accept(by=people[role])

    def _work(self, people: dict[str, Account]) -> None:
        """Only while they are in the owner's team as we put them there: people may have made it their own."""
        mine = people["owner"].memberships.live().filter(role=Role.OWNER).select_related("team").first()
        if mine is not None:
            roles = dict(mine.team.memberships.live().values_list("account", "role"))
            if all(roles.get(people[role].pk) == role for role in Role.values):
                fill(mine.team, people)

    def _token(self, account: Account, credentials: dict[str, Any]) -> None:
        if not (credentials["api_token"] and ApiToken.objects.find(credentials["api_token"])):
            _row, credentials["api_token"] = ApiToken.objects.issue(account, name="Example", scope=ApiToken.WRITE)

    def _helper(self, kind: type[Staff | DatabaseAdministrator], email: str, pseudonym: str, password: str) -> None:
        person = kind.objects.filter(email=email).first()
        if person is None:
            kind.objects.appoint(email=email, pseudonym=pseudonym, password=password)
        elif not person.check_password(password):
            person.change_password(password)


def when_keys_are_ready(act: Callable[[], T]) -> T:
    """Until the worker has made keys, as in the first seconds of a new stack. Raises NoReadyKey after a minute."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return act()
        except NoReadyKey:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


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

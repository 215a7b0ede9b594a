"""The people in the tests, always the same ones."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Account, Membership, Role, Team
from nozbe.encryption.models import Keyring
from tests.keys import ready_keyring

PASSWORD = "correct-horse-battery"


def new_account(**details) -> Account:
    """Somebody whose address is verified, with keys ready for them."""
    ready_keyring(Keyring.ACCOUNT)
    given = {"password": PASSWORD, "country": "PL", "time_zone": "Europe/Warsaw", "verified": True}
    return Account.objects.sign_up(**given | details)


@dataclass(frozen=True)
class Person:
    role: str
    name: str

    @property
    def email(self) -> str:
        return f"{self.role}@example.com"

    def account(self) -> Account:
        """This person's account, created when there is none yet."""
        existing = Account.objects.filter(email=self.email).first()
        return existing or new_account(email=self.email, name=self.name)


OWNER = Person("owner", "Olivia Owner")
ADMIN = Person("admin", "Adam Admin")
MEMBER = Person("member", "Mia Member")
GUEST = Person("guest", "Gus Guest")
STRANGER = Person("stranger", "Sam Stranger")
PEOPLE = (OWNER, ADMIN, MEMBER, GUEST, STRANGER)

SUPPORT = Person("support", "Robin")
DBA1, DBA2, DBA3, DBA4 = (Person(f"dba{seat}", f"Seat {seat}") for seat in range(1, 5))
ADMINISTRATORS = (DBA1, DBA2, DBA3, DBA4)

EVERYBODY = (*PEOPLE, SUPPORT, *ADMINISTRATORS)


def new_team(name: str, *, owner: Account) -> Team:
    """A team with keys ready for it."""
    ready_keyring(Keyring.TEAM)
    return Team.objects.start(name=name, by=owner)


def the_team() -> Team:
    """OWNER's team, with ADMIN, MEMBER and GUEST in their roles; made when there is none yet."""
    return _team_of(OWNER, "The Cast", ADMIN, MEMBER, GUEST)


def the_strangers_team() -> Team:
    """STRANGER's own, with nobody else in it."""
    return _team_of(STRANGER, "Elsewhere")


def _team_of(owner: Person, name: str, *others: Person) -> Team:
    account = owner.account()
    existing = Team.objects.filter(memberships__account=account, memberships__role=Role.OWNER).first()
    if existing:
        return existing
    team = new_team(name, owner=account)
    for person in others:
        Membership.objects.create(team=team, account=person.account(), role=person.role)
    return team

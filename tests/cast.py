"""The people in the tests, always the same ones."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Account
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

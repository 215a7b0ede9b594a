"""The people who help: support staff, and the database administrators. Neither is an account of the product.

Two tables, because two database roles read them: the support panel must not see the administrators' credentials.
"""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.password_validation import validate_password
from django.db import models, transaction
from django.db.models.functions import Lower

from nozbe.models import Record

PersonT = TypeVar("PersonT", bound="Helper")


class HelperManager(BaseUserManager[PersonT]):
    @transaction.atomic
    def appoint(self, *, email: str, pseudonym: str, password: str) -> PersonT:
        """Create a staff member. Raises ValidationError, by field, for anything that will not do."""
        person = self.model(email=email.strip(), pseudonym=pseudonym.strip())
        validate_password(password)
        person.set_password(password)
        person.full_clean()
        person.save(force_insert=True)
        return person

    def get_by_natural_key(self, username: str | None) -> PersonT:
        return self.alias(address=Lower("email")).get(address=Lower(models.Value((username or "").strip())))


class Helper(Record, AbstractBaseUser):
    email = models.EmailField(max_length=254)
    pseudonym = models.CharField(max_length=40)
    """The name customers see in their access log."""

    USERNAME_FIELD = "email"

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.pk

    def change_password(self, password: str) -> None:
        validate_password(password)
        self.set_password(password)
        self.save(update_fields=["password"])


class Staff(Helper):
    """Somebody of support: sees IDs, times, counts and states, never content."""

    objects: ClassVar[HelperManager[Self]] = HelperManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_staff_member_per_email"),
            models.UniqueConstraint(Lower("pseudonym"), name="one_staff_member_per_pseudonym"),
        ]


class DatabaseAdministrator(Helper):
    """One of the people who may sit in one of the four seats (`nozbe.database.roles`)."""

    objects: ClassVar[HelperManager[Self]] = HelperManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_administrator_per_email"),
            models.UniqueConstraint(Lower("pseudonym"), name="one_administrator_per_pseudonym"),
        ]

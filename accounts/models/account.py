"""A person's login: email, name, country, time zone, language."""

from __future__ import annotations

import zoneinfo
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from nozbe.models import Record


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a zone of the IANA time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone such as Europe/Warsaw."), code="unknown_time_zone")


class AccountManager(BaseUserManager["Account"]):
    @transaction.atomic
    def sign_up(self, *, email: str, name: str, password: str, country: str, time_zone: str) -> Account:
        """Create an account. Raises ValidationError, by field, for anything that will not do."""
        account = self.model(email=email.strip(), name=name.strip(), country=country.upper(), time_zone=time_zone)
        try:
            validate_password(password, account)
        except ValidationError as error:
            raise ValidationError({"password": error.error_list}) from error
        account.set_password(password)
        account.full_clean()
        account.save(force_insert=True)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        """Sign in by address, in whatever case it is typed: compared as `one_account_per_email` compares."""
        return self.alias(address=Lower("email")).get(address=Lower(models.Value((username or "").strip())))


class Account(Record, AbstractBaseUser):
    email = models.EmailField(_("email address"), max_length=254)
    name = models.CharField(_("name"), max_length=100, validators=[ProhibitNullCharactersValidator()])
    country = models.CharField(_("country"), max_length=2, validators=[RegexValidator(r"\A[A-Z]{2}\Z")])
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    language = models.CharField(_("language"), max_length=8, default="en")

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "country", "time_zone"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_account_per_email",
                violation_error_message=_("There is already an account with this email address."),
            ),
        ]

    def __str__(self) -> str:
        return self.pk

    def change_password(self, password: str) -> None:
        """Replace the password; sessions opened with the old one end at their next request."""
        validate_password(password, self)
        self.set_password(password)
        self.save(update_fields=["password"])

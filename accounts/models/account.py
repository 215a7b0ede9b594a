"""A person's login: email, name, country, time zone, language."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.access import announce_access_change
from accounts.models.held_address import hold_address
from nozbe.audit import Verb, append
from nozbe.encryption.models import Keyring
from nozbe.models import Record
from nozbe.validators import refuse, validate_mailable, validate_visible

NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
"""What a system's copy of the database has besides: a clock that nobody set, and that of the machine."""


@cache
def time_zones() -> frozenset[str]:
    """Names of the zones of the IANA time zone database, as this machine has it."""
    names = zoneinfo.available_timezones() - NO_PLACES
    return frozenset(name for name in names if not name.startswith(("posix/", "right/")))


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a zone of the IANA time zone database."""
    if name not in time_zones():
        raise ValidationError(_("Choose a time zone such as Europe/Warsaw."), code="unknown_time_zone")


def validate_country(code: str) -> None:
    """Raise ValidationError unless `code` is a country of ISO 3166-1, by its two capital letters."""
    if code not in countries:
        raise ValidationError(_("Choose a country."), code="unknown_country")


class AccountManager(BaseUserManager["Account"]):
    def sign_up(
        self, *, email: str, name: str, password: str, country: str, time_zone: str, verified: bool = False
    ) -> Account:
        """Create an account. Raises ValidationError, by field, for anything that will not do, and NoReadyKey.

        `verified`: it is known that the person reads mail at that address.
        """
        from allauth.account.models import EmailAddress  # it needs this model first

        account = self.model(name=name.strip(), country=country.upper(), time_zone=time_zone)
        account.email = email.strip().lower()
        try:
            validate_password(password, account)
        except ValidationError as error:
            raise ValidationError({"password": error.error_list}) from error
        account.set_password(password)
        with transaction.atomic():
            account.begin()
            EmailAddress.objects.create(user=account, email=account.email, primary=True, verified=verified)
        return account

    def with_address(self, email: str) -> models.QuerySet[Account]:
        """Whose address it is, in whatever case."""
        return self.alias(address=Lower("email")).filter(address=Lower(models.Value(email)))

    def get_by_natural_key(self, username: str | None) -> Account:
        """Sign in by address, in whatever case it is typed: compared as `one_account_per_email` compares."""
        return self.alias(address=Lower("email")).get(address=Lower(models.Value((username or "").strip())))


class Account(Record, AbstractBaseUser):
    email = models.EmailField(_("email address"), max_length=254)
    name = models.CharField(_("name"), max_length=100, validators=[ProhibitNullCharactersValidator()])
    country = models.CharField(_("country"), max_length=2, validators=[validate_country])
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    language = models.CharField(_("language"), max_length=8, default="en")
    access_generation = models.PositiveIntegerField(default=0, editable=False)
    """Part of what each session is signed with: one more, and all sessions are over."""

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

    def clean(self) -> None:
        """Raise ValidationError by field for an address that no mail can be sent to and a name that shows nothing."""
        super().clean()
        refuse("email", self.email, validate_mailable)
        refuse("name", self.name, validate_visible)

    @transaction.atomic
    def begin(self) -> None:
        """Store a new account, with keys of its own. Raises ValidationError by field, and NoReadyKey."""
        hold_address(self.email)
        self.full_clean()
        Keyring.objects.take(Keyring.ACCOUNT, owner=self.pk)
        self._save_address(force_insert=True)
        append(Verb.ACCOUNT_MADE, actor=self.pk, account=self.pk, object=self.pk)

    @transaction.atomic
    def change_details(self, *, by: Account, **details: str) -> None:
        """Change `name`, `country`, `time_zone` or `language`. Raises ValidationError by field."""
        assert details.keys() <= {"name", "country", "time_zone", "language"}, details.keys()
        for field, value in details.items():
            setattr(self, field, value.upper() if field == "country" else value.strip())
        self.full_clean()
        self.save(update_fields=[*details])
        append(Verb.ACCOUNT_CHANGED, actor=by.pk, account=self.pk, object=self.pk)

    def verified_addresses(self) -> list[str]:
        """Addresses the person has proved to read mail at, in small letters."""
        from allauth.account.models import EmailAddress  # it needs this model first

        verified = EmailAddress.objects.filter(user=self, verified=True)
        return [email.lower() for email in verified.values_list("email", flat=True)]

    @transaction.atomic
    def change_password(self, password: str) -> None:
        """Replace the password; sessions opened with the old one end at their next request. Tokens stay."""
        validate_password(password, self)
        self.set_password(password)
        self.save(update_fields=["password"])
        append(Verb.PASSWORD_CHANGED, actor=self.pk, account=self.pk, object=self.pk)
        announce_access_change(self.pk)

    @transaction.atomic
    def reset_password(self, password: str) -> None:
        """Replace the password of somebody who read the mail about it: all sessions and tokens end, the address counts
        as confirmed. Ways to sign in that are no password stay: whoever lost only that still needs them.
        """
        from allauth.account.models import EmailAddress  # it needs this model first

        self.change_password(password)
        self.end_access()
        EmailAddress.objects.filter(user=self, email=self.email).update(verified=True)

    @transaction.atomic
    def change_address(self, email: str) -> None:
        """Make an address theirs that they have proved to read mail at. Raises ValidationError when it is taken."""
        from allauth.account.models import EmailAddress  # it needs this model first

        hold_address(email)
        self.lock()
        self.email = email.strip().lower()
        self.full_clean()
        self._save_address(update_fields=["email"])
        EmailAddress.objects.filter(user=self).delete()
        EmailAddress.objects.create(user=self, email=self.email, primary=True, verified=True)
        append(Verb.EMAIL_CHANGED, actor=self.pk, account=self.pk, object=self.pk)

    def _save_address(self, **how: Any) -> None:
        """The lock is by our small letters, the constraint by the database's: two in a million differ."""
        try:
            with transaction.atomic():
                self.save(**how)
        except IntegrityError:
            self.validate_constraints()
            raise

    def lock(self) -> None:
        """Until the transaction ends nobody else changes what belongs to the account."""
        Account.objects.select_for_update(no_key=True).get(pk=self.pk)

    @transaction.atomic
    def end_access(self) -> None:
        """End all sessions and tokens: the next request with any of them is a stranger's."""
        from allauth.usersessions.models import UserSession  # it needs this model first

        Account.objects.filter(pk=self.pk).update(access_generation=F("access_generation") + 1)
        sessions = UserSession.objects.filter(user=self)
        Session.objects.filter(pk__in=list(sessions.values_list("session_key", flat=True))).delete()
        sessions.delete()
        self.tokens.all().delete()
        append(Verb.ACCESS_ENDED, actor=None, account=self.pk, object=self.pk)
        announce_access_change(self.pk)

    def end_access_without_teams(self) -> None:
        """When somebody lost a team: streams ask anew, and whoever belongs to no team any more is signed out (P12)."""
        self.lock()  # who is removed from two teams at once: the second sees the first
        if self.memberships.live().exists():
            announce_access_change(self.pk)
        else:
            self.end_access()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        key_salt = "accounts.models.account.Account.get_session_auth_hash"
        value = f"{self.access_generation}:{self.password}"
        return salted_hmac(key_salt, value, secret=secret, algorithm="sha256").hexdigest()

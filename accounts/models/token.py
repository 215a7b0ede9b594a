"""API tokens: what a program shows instead of a password. Shown once; kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from django.core.validators import ProhibitNullCharactersValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import announce_access_change
from accounts.errors import TooMany
from accounts.models.account import Account
from nozbe.audit import Verb, append
from nozbe.database.prepared import ask
from nozbe.models import Record

PREFIX = "nozbe_"
LONGEST = timedelta(days=366)
MOST_PER_ACCOUNT = 100
KEPT_FOR = timedelta(days=30)
"""How long one that has expired stays in the list, so that its person sees why a program stopped working."""
USE_IS_NOTED_EVERY = timedelta(minutes=5)


def hash_of(token: str) -> bytes:
    """SHA-256, 32 bytes. A slow hash would add nothing: a token has 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class TokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> TokenQuerySet:
        return self.filter(expires_at__gt=timezone.now())

    def to_be_forgotten(self) -> TokenQuerySet:
        """Expired a month ago."""
        return self.filter(expires_at__lte=timezone.now() - KEPT_FOR)

    @transaction.atomic
    def issue(
        self,
        account: Account,
        *,
        name: str,
        scope: str,
        lasts: timedelta = LONGEST,
        by: Account | None = None,
        id: str | None = None,
    ) -> tuple[ApiToken, str]:
        """Make a token; what is returned beside the row is the only time it can be seen.

        Raises TooMany for the hundred-and-first, ValidationError for a name that will not do.
        """
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if self.filter(account=account).live().count() >= MOST_PER_ACCOUNT:
            raise TooMany(gettext("You have 100 tokens already. Revoke some that you no longer use."))
        text = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken(
            account=account,
            name=name.strip(),
            scope=scope,
            token_hash=hash_of(text),
            expires_at=timezone.now() + min(lasts, LONGEST),
        )
        if id is not None:
            token.id = id
        token.full_clean()
        token.save(force_insert=True)
        append(Verb.TOKEN_MADE, actor=(by or account).pk, account=account.pk, object=token.pk)
        return token, text

    def find(self, text: str) -> ApiToken | None:
        """The token somebody shows, with its account, if it is good now."""
        if not text.startswith(PREFIX):
            return None
        rows = ask(_good(), [hash_of(text), timezone.now()])
        if not rows:
            return None
        own, account = _names(ApiToken), _names(Account)
        token = ApiToken.from_db("default", own, rows[0][: len(own)])
        token.account = Account.from_db("default", account, rows[0][len(own) :])
        return token


@cache
def _good() -> str:
    """Every request by a program asks this first."""
    columns = ", ".join(f"{model._meta.db_table}.{name}" for model in (ApiToken, Account) for name in _names(model))
    return (
        f"SELECT {columns} FROM accounts_apitoken JOIN accounts_account ON accounts_account.id = account_id "  # noqa: S608
        "WHERE token_hash = %s AND expires_at > %s"
    )


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


class ApiToken(Record):
    READ = "read"
    WRITE = "write"
    SCOPES = ((READ, _("Read only")), (WRITE, _("Read and write")))

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, validators=[ProhibitNullCharactersValidator()])
    scope = models.CharField(max_length=5, choices=SCOPES)
    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="a_token_has_a_known_scope"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="tokens_by_end")]

    def __str__(self) -> str:
        return self.pk

    @property
    def writes(self) -> bool:
        return self.scope == self.WRITE

    @property
    def expired(self) -> bool:
        return self.expires_at <= timezone.now()

    def note_use(self, *, now: datetime | None = None) -> None:
        """When it was last used, to within five minutes: not a write for each request."""
        now = now or timezone.now()
        if self.last_used_at is None or now - self.last_used_at > USE_IS_NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)

    @transaction.atomic
    def revoke(self, *, by: Account) -> None:
        """It opens nothing from now on. Twice is fine."""
        deleted, _rows = ApiToken.objects.filter(pk=self.pk).delete()
        if deleted:
            append(Verb.TOKEN_REVOKED, actor=by.pk, account=self.account_id, object=self.pk)
            announce_access_change(self.account_id)

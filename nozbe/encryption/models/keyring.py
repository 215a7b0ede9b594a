"""A keyring: one key of the key server, the field keys it wraps, and the one team or account that they are for.

A keyring's life: made → safe (a snapshot of the key server that holds its key has reached the second store) → taken by
an owner → destroyed (nothing opens any more) → gone (the key server has no such key, and the ledger says so).
"""

from __future__ import annotations

from http import HTTPStatus

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from nozbe.encryption.announcements import announce_change
from nozbe.errors import DomainError
from nozbe.models import ID_LENGTH, Record


class NoReadyKey(DomainError):
    """Every safe key is taken. The job makes more within a minute; a key that one country holds is never used."""

    code = "no_ready_key"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(_("There is no key ready yet to protect your work with. Please try again in a minute."))


class KeyringQuerySet(models.QuerySet["Keyring"]):
    def unfinished(self) -> KeyringQuerySet:
        """Made, and not yet known to be in a snapshot elsewhere."""
        return self.filter(safe_at__isnull=True, destroyed_at__isnull=True)

    def ready(self, kind: str) -> KeyringQuerySet:
        """Safe, and not taken, oldest first."""
        free = self.filter(kind=kind, owner__isnull=True, destroyed_at__isnull=True)
        return free.filter(safe_at__isnull=False).order_by("safe_at", "pk")

    def in_use(self) -> KeyringQuerySet:
        return self.filter(owner__isnull=False, destroyed_at__isnull=True)

    def due_for_destruction(self) -> KeyringQuerySet:
        """Nothing opens with them any more, and the key server may still have the key."""
        return self.filter(destroyed_at__isnull=False, gone_at__isnull=True).order_by("destroyed_at", "pk")

    def refuse_when_none_is_ready(self, kind: str) -> None:
        """For who takes none, and must not be told apart from those who do. Raises NoReadyKey."""
        if not self.ready(kind).exists():
            raise NoReadyKey

    @transaction.atomic
    def take(self, kind: str, *, owner: str) -> Keyring:
        """Give `owner` a keyring of its own; needs no key server. Raises NoReadyKey, and IntegrityError for a second.

        A transaction that is rolled back puts it back.
        """
        keyring = self.ready(kind).select_for_update(skip_locked=True).first()
        if keyring is None:
            raise NoReadyKey
        keyring.owner = owner
        keyring.taken_at = timezone.now()
        keyring.save(update_fields=["owner", "taken_at"])
        return keyring


class Keyring(Record):
    TEAM = "team"
    ACCOUNT = "account"
    KINDS = (TEAM, ACCOUNT)

    kind = models.CharField(max_length=7, choices=[(TEAM, "team"), (ACCOUNT, "account")], editable=False)
    # Unique, and many have none yet: NULLs are not equal to one another, empty texts are.
    owner = models.CharField(max_length=ID_LENGTH, null=True, unique=True, editable=False)  # noqa: DJ001 — the line above
    """ID of the team or account. No foreign key: a keyring outlives its owner, to say that the key was destroyed."""

    safe_at = models.DateTimeField(null=True, editable=False)
    taken_at = models.DateTimeField(null=True, editable=False)
    destroyed_at = models.DateTimeField(null=True, editable=False)
    gone_at = models.DateTimeField(null=True, editable=False)

    objects = KeyringQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(safe_at__isnull=False), name="only_safe_keys_are_taken"
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True, taken_at__isnull=True) | Q(owner__isnull=False, taken_at__isnull=False),
                name="a_taken_keyring_says_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=Q(gone_at__isnull=True) | Q(gone_at__gte=F("destroyed_at")),
                name="a_key_is_gone_after_it_was_to_be_destroyed",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "safe_at"], condition=Q(owner__isnull=True), name="keyrings_to_be_taken"),
            models.Index(
                fields=["destroyed_at"],
                condition=Q(destroyed_at__isnull=False, gone_at__isnull=True),
                name="keyrings_to_be_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return self.key_name

    @property
    def key_name(self) -> str:
        """What the key server calls its key."""
        return f"{self.kind}-{self.pk}"

    @transaction.atomic
    def destroy(self) -> None:
        """End it: from the commit on nothing it sealed opens, in any process; the job then ends the key itself.

        Cannot be taken back. Twice is fine.
        """
        changed = Keyring.objects.filter(pk=self.pk, destroyed_at__isnull=True).update(destroyed_at=timezone.now())
        if changed:
            owner = self.owner
            transaction.on_commit(lambda: announce_change(owner))
        self.refresh_from_db(fields=["destroyed_at"])

    def was_destroyed_meanwhile(self) -> bool:
        """As it stands in the database now: why the key server may have no such key any more."""
        return Keyring.objects.filter(pk=self.pk, destroyed_at__isnull=False).exists()

    def note_gone(self) -> None:
        """The key server has no such key, and the ledger elsewhere says so. What it wrapped is of no use to anyone."""
        with transaction.atomic():
            self.field_keys.all().delete()
            self.file_keys.all().delete()
            Keyring.objects.filter(pk=self.pk, gone_at__isnull=True).update(gone_at=timezone.now())

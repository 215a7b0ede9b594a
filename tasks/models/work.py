"""What every piece of work has: a team, a project it is seen through, and one way to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nozbe.audit import Verb, append
from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.querysets import SealedQuerySet
from nozbe.errors import NotFound
from nozbe.models import Record
from tasks.access import Seat

if TYPE_CHECKING:
    from accounts.models import Account


class WorkQuerySet(SealedQuerySet):
    def visible_to(self, account: Account) -> Self:
        """What lies in projects that the person may enter, also what is in the trash."""
        from tasks.models.project import Project

        return self.filter(**{f"{self.model.PROJECT}__in": Project.objects.visible_to(account).values("pk")})


class Work(SealedFields, Record):
    NOUN: ClassVar[str]
    """How the record calls it: its verbs are `<noun>.made`, `<noun>.changed` and so on."""

    PROJECT: ClassVar[str] = "project"
    """The way to the project that one must see to see the row, as queries write it."""

    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    """Of this row alone. A trigger sees to it, whoever writes (migration 0002)."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.pk

    def enter(self, by: Account) -> Seat:
        """Where one must have a seat to see it. Raises NotFound for whoever does not."""
        raise NotImplementedError

    def lock(self) -> None:
        """Read it anew, and let nobody change it until the transaction ends. Raises NotFound when it is gone."""
        model = type(self)
        try:
            self.refresh_from_db(from_queryset=model._base_manager.select_for_update(no_key=True, of=("self",)))
        except model.DoesNotExist:
            raise NotFound from None

    def lock_to_work(self, by: Account) -> Seat:
        """Lock, and refuse who may not change it (NotAllowed, NotFound) and what is in the trash (InTrash)."""
        self.lock()
        seat = self.enter(by)
        seat.refuse_guest()
        self.refuse_in_trash()
        return seat

    def refuse_in_trash(self) -> None:
        """Nothing, for what cannot be in it; `Trashable` knows better."""

    def assign(self, given: dict[str, Any]) -> None:
        """Raises ValidationError by field, also for a value of the model itself that does not go with another."""
        for name, value in given.items():
            setattr(self, name, value)
        named = {name.removesuffix("_id") for name in given}
        self.clean_fields(
            exclude={field.name for field in self._meta.fields if field.name not in named or field.remote_field}
        )
        self.clean()

    @transaction.atomic
    def change(self, *, by: Account, **given: Any) -> None:
        """Set the named fields, and leave the others alone."""
        self.lock_to_work(by)
        self.assign(given)
        self.store(given)
        self.record("changed", by=by)

    def store(self, given: dict[str, Any]) -> None:
        self.save(update_fields=[name.removesuffix("_id") for name in given])

    def begin(self, given: dict[str, Any], *, by: Account, id: str | None) -> None:
        """Write a new row. Raises ValidationError by field, also for an ID that is taken, by whomever."""
        self.assign(given)
        begin(self, id=id)
        self.record("made", by=by)

    def record(self, what: str, *, by: Account, account: str | None = None) -> None:
        append(Verb(f"{self.NOUN}.{what}"), actor=by.pk, team=self.team_id, account=account, object=self.pk)


def begin(row: Record, *, id: str | None) -> None:
    """Write a new row, with that ID if there is one. Raises ValidationError for one that is taken, by whomever."""
    if id is not None:
        row.id = id
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        if _constraint(error) == f"{row._meta.db_table}_pkey":
            raise ValidationError({"id": ValidationError(_("This ID is taken."), code="unique")}) from error
        raise


def _constraint(error: IntegrityError) -> str | None:
    diagnostics = getattr(error.__cause__, "diag", None)
    return None if diagnostics is None else diagnostics.constraint_name

"""The trash. An entry is one row that somebody threw away; all that hangs on it is in the trash with it.

Nothing but that row is written: what it takes along stays as it was, in every detail, and comes back so. What had been
thrown away before stays an entry of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models, transaction
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.errors import InTrash
from tasks.models.work import Work, WorkQuerySet

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Account
    from tasks.access import Seat


class TrashableQuerySet(WorkQuerySet):
    def live(self) -> Self:
        """Neither it nor anything it hangs on is in the trash."""
        return self.filter(**{f"{path}__isnull": True for path in self._paths()})

    def in_trash(self) -> Self:
        """It, or something it hangs on."""
        condition = models.Q()
        for path in self._paths():
            condition |= models.Q(**{f"{path}__isnull": False})
        return self.filter(condition)

    def entries(self) -> Self:
        """Rows that somebody threw away themselves, and that can be restored: nothing above them is in the trash."""
        own, *above = self._paths()
        return self.filter(**{f"{own}__isnull": False}, **{f"{path}__isnull": True for path in above})

    def with_trash(self) -> Self:
        """Each with `gone_at`: since when it is in the trash, by whatever of the chain was thrown away first."""
        paths = self._paths()
        return self.annotate(gone_at=Least(*paths) if len(paths) > 1 else models.F(paths[0]))

    def _paths(self) -> tuple[str, ...]:
        return ("trashed_at", *(f"{way}__trashed_at" for way in self.model.HANGS_ON))


class Trashable(Work):
    HANGS_ON: ClassVar[tuple[str, ...]] = ()
    """Ways to all that takes it along into the trash, nearest first, as queries write them."""

    trashed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_trashed(self) -> bool:
        """Whether it was thrown away itself."""
        return self.trashed_at is not None

    @transaction.atomic
    def trash(self, *, by: Account) -> None:
        """Do nothing when it is an entry already."""
        self.lock()
        self.refuse_to_trash(self.enter(by))
        if self.trashed_at is None:
            self.refuse_in_trash()
            self._set_trashed(timezone.now())
            self.record("trashed", by=by)

    @transaction.atomic
    def restore(self, *, by: Account) -> None:
        """Bring it back with all that hangs on it. Raises InTrash when what it hangs on is in the trash."""
        self.lock()
        self.refuse_to_trash(self.enter(by))
        if self._taken_along():
            raise InTrash(_("What it belongs to is in the trash, too. Restore that first. Nothing was changed."))
        if self.trashed_at is not None:
            self._set_trashed(None)
            self.record("restored", by=by)

    def refuse_to_trash(self, seat: Seat) -> None:
        """Raises NotAllowed."""
        seat.refuse_guest()

    def refuse_in_trash(self) -> None:
        if self.trashed_at is not None or self._taken_along():
            raise InTrash

    def _taken_along(self) -> bool:
        above = models.Q()
        for way in self.HANGS_ON:
            above |= models.Q(**{f"{way}__trashed_at__isnull": False})
        return bool(self.HANGS_ON) and type(self)._base_manager.filter(above, pk=self.pk).exists()

    def _set_trashed(self, at: datetime | None) -> None:
        self.trashed_at = at
        self.save(update_fields=["trashed_at"])

"""Done, or given up: two states of their own, neither of which is the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.errors import AnotherState
from tasks.models.work import Work

if TYPE_CHECKING:
    from accounts.models import Account


class Completable(Work):
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @transaction.atomic
    def complete(self, *, by: Account) -> None:
        """Nothing when it is done already."""
        self.lock_to_work(by)
        self.end(by=by)

    @transaction.atomic
    def reopen(self, *, by: Account) -> None:
        """Nothing when it is not done."""
        self.lock_to_work(by)
        if self.ended_at is not None:
            self.ended_at = None
            self.save(update_fields=["ended_at"])
            self.record("reopened", by=by)

    def end(self, *, by: Account) -> None:
        """With the row locked."""
        if self.ended_at is None:
            self.ended_at = timezone.now()
            self.save(update_fields=["ended_at"])
            self.record("ended", by=by)


class Abandonable(Completable):
    abandoned_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @transaction.atomic
    def abandon(self, *, by: Account) -> None:
        """It will not be done. Raises AnotherState for what is done."""
        self.lock_to_work(by)
        if self.ended_at is not None:
            raise AnotherState(_("It is done already. Reopen it first. Nothing was changed."))
        if self.abandoned_at is None:
            self.abandoned_at = timezone.now()
            self.save(update_fields=["abandoned_at"])
            self.record("abandoned", by=by)

    @transaction.atomic
    def resume(self, *, by: Account) -> None:
        """Take it up again."""
        self.lock_to_work(by)
        if self.abandoned_at is not None:
            self.abandoned_at = None
            self.save(update_fields=["abandoned_at"])
            self.record("resumed", by=by)

    def end(self, *, by: Account) -> None:
        """Raises AnotherState for what was abandoned."""
        if self.abandoned_at is not None:
            raise AnotherState(_("It was abandoned. Take it up again first. Nothing was changed."))
        super().end(by=by)

"""An order that people make: each row has a place among its siblings, and moves without renumbering the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from tasks import positions
from tasks.errors import BeingMoved
from tasks.models.work import Work

if TYPE_CHECKING:
    from accounts.models import Account


class Ordered(Work):
    position = models.CharField(max_length=positions.MOST, db_collation="C", editable=False)
    """Sorts by its bytes, then by ID."""

    class Meta:
        abstract = True

    def siblings(self) -> models.QuerySet[Any]:
        """All that it stands in one order with, whether in the trash or not, and itself."""
        raise NotImplementedError

    @transaction.atomic
    def place(self, *, after: str | None, by: Account) -> None:
        """Put it behind the sibling with that ID, or first. Raises ValidationError when there is no such sibling."""
        self.lock_to_work(by)
        if after == self.pk:
            return
        self.position = place_after(self.siblings_seen(by).exclude(pk=self.pk), after)
        self.save(update_fields=["position"])
        self.record("placed", by=by)

    def siblings_seen(self, by: Account) -> models.QuerySet[Any]:
        """Those of them that exist for the person: no place tells of the others. Mostly one sees all or none."""
        return self.siblings()

    def go_last(self) -> None:
        """Take the place behind all siblings; not yet written."""
        self.position = last_place(self.siblings())


def last_place(siblings: models.QuerySet[Any]) -> str:
    last = siblings.aggregate(last=models.Max("position"))["last"]
    try:
        return positions.between(last, None)
    except positions.NoRoom:
        return positions.between(renumber(siblings), None)


def place_after(siblings: models.QuerySet[Any], after: str | None) -> str:
    """A place among `siblings`, which lack the one that moves. Raises ValidationError for an unknown `after`."""
    before = None
    if after is not None:
        before = siblings.filter(pk=after).values_list("position", flat=True).first()
        if before is None:
            raise unknown_sibling()
    try:
        return positions.between(before, _next(siblings, before, after))
    except positions.NoRoom:
        renumber(siblings)
        return place_after(siblings, after)


def unknown_sibling() -> ValidationError:
    unknown = ValidationError(_("There is nothing with this ID in the same list."), code="unknown")
    return ValidationError({"after": unknown})


def _next(siblings: models.QuerySet[Any], before: str | None, after: str | None) -> str | None:
    """The place of the sibling that follows; two may have the same one, after clients wrote them apart."""
    following = siblings
    if before is not None:
        following = siblings.filter(models.Q(position__gt=before) | models.Q(position=before, pk__gt=after))
    return following.order_by("position", "pk").values_list("position", flat=True).first()


def renumber(siblings: models.QuerySet[Any]) -> str | None:
    """Give all of them new places in the order they stand in; hardly ever needed. Returns the last place.

    Raises BeingMoved rather than wait for somebody who holds one of them: they may be waiting for what we hold.
    """
    place: str | None = None
    free = siblings.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    if siblings.exclude(pk__in=list(free)).exists():
        raise BeingMoved
    for pk in siblings.order_by("position", "pk").values_list("pk", flat=True):
        place = positions.between(place, None)
        siblings.filter(pk=pk).update(position=place)
    return place

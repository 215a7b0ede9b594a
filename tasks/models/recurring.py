"""A task that comes again: completing it leaves an ended copy behind, and the task goes on to its next date.

The copy's ID follows from the task and its occurrence: however many devices complete the same occurrence, and however
often they say so, there is one copy. Occurrences are counted upwards and never twice, not even after reopening.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models.account import validate_time_zone
from nozbe.models import new_id
from tasks import positions
from tasks.derived_ids import derived_id
from tasks.errors import AnotherOccurrence, AnotherState, NotTheLatest
from tasks.models.completable import Completable
from tasks.models.ordered import Ordered
from tasks.recurrence import Series, advance, instant
from tasks.recurrence_rules import BadRule, Rule

if TYPE_CHECKING:
    from accounts.models import Account
    from tasks.models.task import Task


FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Of due dates: what goes from one occurrence to the next must come to an end soon."""


class Mode(models.TextChoices):
    SCHEDULE = "schedule", gettext_lazy("By schedule")
    COMPLETION = "completion", gettext_lazy("From completion")


@dataclass(frozen=True)
class Repetition:
    rule: str
    mode: str
    time_zone: str


class Recurring(Completable, Ordered):
    due_on: date | None
    due_at: datetime | None

    recurrence_rule = models.CharField(max_length=200, blank=True, editable=False)
    """RFC 5545, in the form of `Rule`; empty for a task that comes once."""

    recurrence_mode = models.CharField(max_length=10, choices=Mode.choices, blank=True, editable=False)
    recurrence_time_zone = models.CharField(max_length=64, blank=True, editable=False)
    recurrence_starts_on = models.DateField(null=True, editable=False)
    """The day of the first occurrence, in that zone."""

    recurrence_at = models.TimeField(null=True, editable=False)
    """By the clock on the wall there; none for all-day. A copy keeps what the task had."""

    recurrence_done = models.PositiveIntegerField(default=0, editable=False)
    """Occurrences completed so far."""

    occurrence = models.PositiveIntegerField(default=1, editable=False)
    """Which one it is at. One more at each completion and each reopening."""

    series = models.ForeignKey(
        "tasks.Task", on_delete=models.SET_NULL, null=True, related_name="copies", editable=False
    )
    """Of a copy: the task that goes on."""

    missed = models.PositiveIntegerField(default=0, editable=False)
    """Of a copy: how many occurrences went by before it was completed."""

    class Meta:
        abstract = True

    @staticmethod
    def constraints() -> list[models.BaseConstraint]:
        nothing = Q(recurrence_rule="", recurrence_mode="", recurrence_time_zone="")
        said = ~Q(recurrence_rule="") & Q(recurrence_mode__in=Mode.values) & ~Q(recurrence_time_zone="")
        due = Q(due_on__isnull=False) | Q(due_at__isnull=False)
        begun = Q(recurrence_starts_on__isnull=False)
        return [
            models.CheckConstraint(
                condition=(nothing & Q(recurrence_starts_on__isnull=True)) | (said & begun & due),
                name="a_recurring_task_has_a_rule_and_a_due_date",
            ),
            models.CheckConstraint(
                condition=Q(series__isnull=True) | Q(recurrence_rule=""), name="a_copy_does_not_come_again"
            ),
        ]

    @property
    def recurs(self) -> bool:
        return self.recurrence_rule != ""

    @property
    def due(self) -> date | datetime | None:
        """An all-day date, or an instant."""
        return self.due_on or self.due_at

    def clean_recurrence(self) -> None:
        """Raises ValidationError for a recurring task without a due date."""
        if self.recurs and self.due is None:
            message = ValidationError(
                _("A recurring task needs a due date. Take the recurrence off as well."), code="due"
            )
            raise ValidationError({"due_on": message})

    def repeat(self, repetition: Repetition | None) -> None:
        """With the row locked: come again by that rule, counted from the due date; or, with None, no more.

        Raises ValidationError by field.
        """
        if repetition is None:
            self._take_recurrence_off()
        else:
            self._check(repetition)
            rule, zone = str(Rule.parse(repetition.rule)), ZoneInfo(repetition.time_zone)
            now = (self.recurrence_rule, self.recurrence_mode, self.recurrence_time_zone)
            if now == (rule, repetition.mode, repetition.time_zone):
                return  # said again by a client that sends all it has: the count goes on
            self.recurrence_rule = rule
            self.recurrence_mode = repetition.mode
            self.recurrence_time_zone = repetition.time_zone
            self.recurrence_starts_on, self.recurrence_at = _by_the_wall(cast("Any", self.due), zone)
            self.recurrence_done = 0
        self.save(update_fields=[*RECURRENCE, "recurrence_done"])

    def follow_due_date(self) -> dict[str, Any]:
        """After a due date was set by hand: the rule stays, at the new time of day. Returns what changed."""
        if not self.recurs:
            return {}
        _day, self.recurrence_at = _by_the_wall(cast("Any", self.due), ZoneInfo(self.recurrence_time_zone))
        return {"recurrence_at": self.recurrence_at}

    def go_back_to(self, copy: Task) -> None:
        """To its due date and, when it still comes again, its time of day; not yet written."""
        self.due_on, self.due_at = copy.due_on, copy.due_at
        if self.recurs:
            zone = ZoneInfo(self.recurrence_time_zone)
            day, self.recurrence_at = _by_the_wall(cast("Any", self.due), zone)
            # Where clocks jumped over the time of day, the wall showed another than the one that was meant.
            if copy.due_at and copy.recurrence_at and instant(day, copy.recurrence_at, zone) == copy.due_at:
                self.recurrence_at = copy.recurrence_at

    @transaction.atomic
    def complete_occurrence(self, occurrence: int | None = None, *, by: Account) -> Task:
        """End it, or the occurrence with that number. Returns what is ended: itself, or the copy.

        An occurrence that was completed before is answered with its copy, and nothing is done. Raises
        AnotherOccurrence when there is no such, and AnotherState for what was abandoned.
        """
        self.lock_to_work(by)
        task = cast("Task", self)
        if occurrence is not None and occurrence != self.occurrence:
            copy = type(task).objects.visible_to(by).filter(series=self.pk, occurrence=occurrence).first()
            if copy is None:
                raise AnotherOccurrence
            return cast("Task", copy)
        now = timezone.now()
        following = None
        if self.recurs and self.ended_at is None and self._refuse_abandoned():
            following = advance(self._series(), due=cast("Any", self.due), completed_at=now)
        if following is None or following.due.year > LAST_YEAR:
            self.end(by=by)
            return task
        while type(task)._base_manager.filter(pk=self._copy_id(self.occurrence)).exists():
            self.occurrence += 1  # somebody has taken the ID that follows from this number
        copy = self._leave_copy(now, missed=following.missed)
        if isinstance(following.due, datetime):
            self.due_on, self.due_at = None, following.due
        else:
            self.due_on, self.due_at = following.due, None
        self.occurrence += 1
        self.recurrence_done += 1
        self.save(update_fields=GOES_ON)
        self.record("advanced", by=by)
        copy.record("ended", by=by)
        return copy

    @transaction.atomic
    def reopen_occurrence(self, *, by: Account) -> Task:
        """Take completing back. Of a copy, exactly: the task is at that occurrence again, and the copy is gone; but the
        copy of a task that the person does not see is opened like any other.

        Returns what is open now. Raises NotTheLatest for a copy with later ones that the person sees.
        """
        task = cast("Task", self)
        if self.ended_at is None or not type(task).objects.series_seen([self.series_id], by):
            self.lock_to_work(by)
            over = self.recurs and self.ended_at is not None
            self.reopen(by=by)
            if over:  # so that whoever says once more that it is done means the one before
                self.occurrence += 1
                self.save(update_fields=["occurrence"])
            return task
        series = cast("Task", self.series)
        self.lock_with_series()
        series.lock_to_work(by)
        self.lock_to_work(by)
        later = type(task).objects.visible_to(by).filter(series=series.pk, occurrence__gt=self.occurrence)
        if series.ended_at is not None or later.exists():
            raise NotTheLatest
        if series.recurs and self.due is None:
            raise AnotherState(_("This occurrence lost its due date. Give it one first. Nothing was changed."))
        self._give_back(series)
        series.go_back_to(task)
        series.occurrence += 1
        series.recurrence_done = max(0, series.recurrence_done - 1)
        series.save(update_fields=GOES_ON)
        self.record("reopened", by=by)
        series.record("went_back", by=by)
        self.delete()
        return series

    def lock_with_series(self) -> None:
        """Itself and, of a copy, the task that goes on, in the order in which everybody locks."""
        both = type(self)._base_manager.filter(pk__in=[self.pk, self.series_id])
        list(both.select_for_update(no_key=True).order_by("pk"))

    def _take_recurrence_off(self) -> None:
        self.recurrence_rule = self.recurrence_mode = self.recurrence_time_zone = ""
        self.recurrence_starts_on = self.recurrence_at = None
        self.recurrence_done = 0

    def _check(self, repetition: Repetition) -> None:
        wrong: dict[str, Any] = {}
        try:
            Rule.parse(repetition.rule)
        except BadRule as error:
            wrong["recurrence.rule"] = ValidationError(str(error), code="invalid")
        try:
            validate_time_zone(repetition.time_zone)
        except ValidationError as error:
            wrong["recurrence.time_zone"] = error
        else:
            self._refuse_once(repetition, wrong)
        if self.due is None:
            wrong["recurrence"] = ValidationError(_("A recurring task needs a due date."), code="due")
        if self.series_id is not None:
            wrong["recurrence"] = ValidationError(_("This is a past occurrence of a recurring task."), code="copy")
        if wrong:
            raise ValidationError(wrong)

    def _refuse_once(self, repetition: Repetition, wrong: dict[str, Any]) -> None:
        """A rule by which it would not come again at all, such as each seventh day on a Tuesday from a Monday."""
        if self.due is not None and not wrong:
            zone = ZoneInfo(repetition.time_zone)
            anchor, at = _by_the_wall(self.due, zone)
            series = Series(Rule.parse(repetition.rule), anchor, at, zone, from_completion=False, done=0)
            following = advance(series, due=self.due, completed_at=series.begins(anchor))
            if following is None or following.due.year > LAST_YEAR:
                wrong["recurrence.rule"] = ValidationError(_("By this rule it would never come again."), code="never")

    def _refuse_abandoned(self) -> bool:
        if getattr(self, "abandoned_at", None) is not None:
            raise AnotherState(_("It was abandoned. Take it up again first. Nothing was changed."))
        return True

    def _series(self) -> Series:
        assert self.recurrence_starts_on is not None  # by a constraint of the table
        return Series(
            rule=Rule.parse(self.recurrence_rule),
            anchor=self.recurrence_starts_on,
            at=self.recurrence_at,
            zone=ZoneInfo(self.recurrence_time_zone),
            from_completion=self.recurrence_mode == Mode.COMPLETION,
            done=self.recurrence_done,
        )

    def _copy_id(self, occurrence: int) -> str:
        return derived_id("occurrence", self.pk, str(occurrence))

    def _leave_copy(self, now: datetime, *, missed: int) -> Task:
        """The task as it is now, done; its checklists go along as they stand, and begin anew on the task."""
        live = cast("Task", self)
        copy = type(live)(
            id=self._copy_id(self.occurrence), team_id=live.team_id, project_id=live.project_id,
            section_id=live.section_id, name=live.name, author_id=live.author_id, responsible_id=live.responsible_id,
            due_on=live.due_on, due_at=live.due_at, time_needed_minutes=live.time_needed_minutes,
            position=positions.beside(live.position), ended_at=now, series_id=live.pk, occurrence=live.occurrence,
            missed=missed, recurrence_at=live.recurrence_at,
        )  # fmt: skip
        copy.save(force_insert=True)
        Tagging = live.taggings.model
        Tagging.objects.bulk_create(
            [
                Tagging(team_id=live.team_id, task=copy, tag_id=tag)
                for tag in live.taggings.values_list("tag", flat=True)
            ]
        )
        Item = live.checklist_items.model
        rows = live.checklist_items.live().select_for_update(no_key=True, of=("self",))
        items = list(rows.order_by("pk"))
        ids = {item.pk: derived_id("item", item.pk, str(live.occurrence)) for item in items}
        taken = set(Item._base_manager.filter(pk__in=ids.values()).values_list("pk", flat=True))
        Item.objects.bulk_create(
            [
                Item(
                    id=new_id() if ids[item.pk] in taken else ids[item.pk], team_id=live.team_id, task=copy,
                    name=item.name, position=item.position, ended_at=item.ended_at,
                )
                for item in items
            ]
        )  # fmt: skip
        live.checklist_items.filter(pk__in=[item.pk for item in items]).update(ended_at=None)
        live.reminders.absolute().update(task=copy)
        return copy

    def _give_back(self, series: Task) -> None:
        """What hangs on the copy, before it goes: nothing that somebody wrote on it is lost."""
        copy = cast("Task", self)
        both = copy.checklist_items.model.objects.filter(task__in=[copy.pk, series.pk])
        items = list(both.select_for_update(no_key=True).order_by("pk"))
        done = {item.pk: item.ended_at for item in items if item.task_id == copy.pk}
        for item in (item for item in items if item.task_id == series.pk):
            before = derived_id("item", item.pk, str(copy.occurrence))
            if before in done:
                item.ended_at = done.pop(before)
                item.save(update_fields=["ended_at"])
        copy.comments.update(task=series)
        copy.checklist_items.filter(pk__in=done).update(task=series)
        copy.reminders.update(task=series)


RECURRENCE = (
    "recurrence_rule",
    "recurrence_mode",
    "recurrence_time_zone",
    "recurrence_starts_on",
    "recurrence_at",
)

GOES_ON = ("due_on", "due_at", "occurrence", "recurrence_at", "recurrence_done")


def _by_the_wall(due: date | datetime, zone: ZoneInfo) -> tuple[date, Any]:
    if isinstance(due, datetime):
        local = due.astimezone(zone)
        return local.date(), local.time()
    return due, None

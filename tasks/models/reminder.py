"""What reminds one person of a task. Nobody else sees it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models.membership import Membership
from nozbe.audit import Verb, append
from nozbe.errors import NotFound
from nozbe.models import Record
from tasks.errors import TooManyRows
from tasks.models.recurring import FIRST_YEAR, LAST_YEAR
from tasks.models.task import Task
from tasks.models.work import begin
from tasks.reminding import fires_at

if TYPE_CHECKING:
    from accounts.models import Account

MOST = 20
"""Of one person for one task."""

YEAR_MINUTES = 366 * 24 * 60


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, account: Account) -> Self:
        """One's own, of tasks that one still sees."""
        mine = Membership.objects.live().filter(account=account)
        return self.filter(membership__in=mine.values("pk"), task__in=Task.objects.visible_to(account).values("pk"))

    def absolute(self) -> Self:
        return self.filter(minutes_before__isnull=True)

    @transaction.atomic
    def make(self, task: Task, *, by: Account, id: str | None = None, **given: Any) -> Reminder:
        """Raises ValidationError by field, and TooManyRows."""
        seat = task.lock_to_work(by)
        if self.filter(task=task, membership=seat.membership).count() >= MOST:
            raise TooManyRows(_("These are 20 reminders of one task already. Nothing was changed."))
        reminder = Reminder(team_id=seat.team, task=task, membership_id=seat.membership)
        reminder.assign(given)
        begin(reminder, id=id)
        reminder.record(Verb.REMINDER_MADE, by=by)
        return reminder


class Reminder(Record):
    """One of three: at a moment, on a day (at 07:00 there), or some time before the task is due."""

    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="reminders", db_constraint=False)
    membership = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="reminders")
    at = models.DateTimeField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)
    minutes_before = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(YEAR_MINUTES)])

    objects = ReminderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team"], name="reminders_of_a_team")]
        constraints = [
            models.CheckConstraint(
                condition=Q(at__isnull=False, on__isnull=True, minutes_before__isnull=True)
                | Q(at__isnull=True, on__isnull=False, minutes_before__isnull=True)
                | Q(at__isnull=True, on__isnull=True, minutes_before__isnull=False),
                name="a_reminder_has_one_time",
            ),
        ]

    def __str__(self) -> str:
        return self.pk

    def assign(self, given: dict[str, Any]) -> None:
        """Raises ValidationError by field."""
        self.at, self.on, self.minutes_before = (given.get(name) for name in ("at", "on", "minutes_before"))
        self.clean_fields(exclude=["team", "task", "membership"])
        day = self.on or (self.at and self.at.date())
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            message = ValidationError(_("Choose a date between the years 1970 and 2999."), code="out_of_range")
            raise ValidationError({"on" if self.on else "at": message})
        if [self.at, self.on, self.minutes_before].count(None) != 2:
            message = ValidationError(_("Say exactly one of at, on and minutes_before."), code="one")
            raise ValidationError({"at": message})

    @transaction.atomic
    def change(self, *, by: Account, **given: Any) -> None:
        self.lock(by)
        self.assign(given)
        self.save(update_fields=["at", "on", "minutes_before"])
        self.record(Verb.REMINDER_CHANGED, by=by)

    @transaction.atomic
    def remove(self, *, by: Account) -> None:
        self.lock(by)
        self.record(Verb.REMINDER_REMOVED, by=by)
        self.delete()

    def lock(self, by: Account) -> None:
        """Raises NotFound for somebody else's, and for one of a task that the person does not see any more; NotAllowed
        for who has become a guest; and InTrash.
        """
        try:
            self.refresh_from_db(from_queryset=Reminder.objects.select_for_update(no_key=True))
        except Reminder.DoesNotExist:
            raise NotFound from None
        seat = self.task.enter(by)
        if seat.membership != self.membership_id:
            raise NotFound
        seat.refuse_guest()
        self.task.refuse_in_trash()

    def fires_at(self, zone: ZoneInfo) -> datetime | None:
        """None as long as it waits for a due date. `zone` is the person's."""
        due: date | datetime | None = self.task.due
        return fires_at(zone=zone, at=self.at, on=self.on, minutes_before=self.minutes_before, due=due)

    def record(self, verb: Verb, *, by: Account) -> None:
        append(verb, actor=by.pk, team=self.team_id, object=self.pk)

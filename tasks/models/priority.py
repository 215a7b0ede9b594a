"""Each person's own ordered list of starred tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models, transaction

from accounts.models.membership import Membership
from nozbe.audit import Verb, append
from nozbe.errors import NotFound
from nozbe.models import Record
from tasks import positions
from tasks.models.ordered import last_place, place_after, unknown_sibling
from tasks.models.task import Task

if TYPE_CHECKING:
    from accounts.models import Account


class PriorityQuerySet(models.QuerySet["Priority"]):
    def of(self, account: Account) -> Self:
        """One's own."""
        return self.filter(membership__in=Membership.objects.live().filter(account=account).values("pk"))

    def visible_to(self, account: Account) -> Self:
        """One's own, of tasks that one still sees and that are not in the trash."""
        return self.of(account).filter(task__in=Task.objects.visible_to(account).live().values("pk"))

    @transaction.atomic
    def star(self, task: Task, *, by: Account) -> Priority:
        """Behind the others; nothing changes for a task that is starred already."""
        seat = task.lock_to_work(by)
        row = self.filter(task=task, membership=seat.membership).first()
        if row is None:
            row = Priority(team_id=seat.team, task=task, membership_id=seat.membership)
            row.position = last_place(row.siblings())
            row.save(force_insert=True)
            row.record(Verb.TASK_STARRED, by=by)
        return row

    @transaction.atomic
    def unstar(self, task: Task, *, by: Account) -> None:
        seat = task.lock_to_work(by)
        row = self.filter(task=task, membership=seat.membership).first()
        if row is not None:
            row.record(Verb.TASK_UNSTARRED, by=by)
            row.delete()


class Priority(Record):
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="priorities", db_constraint=False)
    membership = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, related_name="priorities", db_index=False
    )
    position = models.CharField(max_length=positions.MOST, db_collation="C", editable=False)

    objects = PriorityQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team"], name="priorities_of_a_team")]
        constraints = [models.UniqueConstraint(fields=["membership", "task"], name="a_task_is_starred_once_by_each")]

    def __str__(self) -> str:
        return self.pk

    def siblings(self) -> models.QuerySet[Priority]:
        return Priority.objects.filter(membership=self.membership_id)

    @transaction.atomic
    def place(self, *, after: str | None, by: Account) -> None:
        """Behind the task with that ID in the person's list, or first. Raises ValidationError when it is not there."""
        seat = self.task.lock_to_work(by)
        try:
            self.refresh_from_db(from_queryset=Priority.objects.select_for_update(no_key=True))
        except Priority.DoesNotExist:  # unstarred meanwhile
            raise NotFound from None
        if seat.membership != self.membership_id:
            raise NotFound
        if after == self.task_id:
            return
        self.position = place_after(self.siblings().exclude(pk=self.pk), self._row_of(after, by))
        self.save(update_fields=["position"])
        self.record(Verb.TASK_STAR_PLACED, by=by)

    def _row_of(self, task: str | None, by: Account) -> str | None:
        """Raises ValidationError for a task that is not starred, or that the person does not see any more."""
        if task is None:
            return None
        seen = self.siblings().filter(task__in=Task.objects.visible_to(by).filter(pk=task).values("pk"))
        row = seen.values_list("pk", flat=True).first()
        if row is None:
            raise unknown_sibling()
        return row

    def record(self, verb: Verb, *, by: Account) -> None:
        append(verb, actor=by.pk, team=self.team_id, object=self.task_id)

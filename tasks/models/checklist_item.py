"""A line to tick off, on a task or in one of its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from nozbe.encryption.fields import SealedTextField
from nozbe.validators import refuse, validate_visible
from tasks.access import ProjectSeat, enter_project
from tasks.models.comment import Comment
from tasks.models.completable import Completable
from tasks.models.ordered import Ordered
from tasks.models.task import Task
from tasks.models.text import plain
from tasks.models.trashable import Trashable, TrashableQuerySet

if TYPE_CHECKING:
    from accounts.models import Account


class ChecklistItemQuerySet(TrashableQuerySet):
    @transaction.atomic
    def make(
        self, task: Task, *, name: str, by: Account, comment: Comment | None = None, id: str | None = None
    ) -> ChecklistItem:
        """Behind the others. Raises ValidationError by field."""
        seat = task.lock_to_work(by)
        if comment is not None:
            if comment.task_id != task.pk:
                message = ValidationError(_("That comment is on another task."), code="unknown")
                raise ValidationError({"comment": message})
            comment.refuse_in_trash()
        item = ChecklistItem(team_id=seat.team, task=task, comment=comment)
        item.go_last()
        item.begin({"name": name}, by=by, id=id)
        return item


class ChecklistItemManager(models.Manager.from_queryset(ChecklistItemQuerySet)):  # type: ignore[misc]  # made by a call
    pass


class ChecklistItem(Completable, Trashable, Ordered):
    NOUN = "checklist_item"
    PROJECT = "task__project"
    HANGS_ON = ("comment", "task", "task__section", "task__project")

    task = models.ForeignKey(
        "tasks.Task", on_delete=models.CASCADE, related_name="checklist_items", db_index=False, db_constraint=False
    )
    comment = models.ForeignKey(
        "tasks.Comment", on_delete=models.CASCADE, null=True, related_name="checklist_items", db_constraint=False
    )
    name = SealedTextField(max_length=1000)

    objects: ClassVar[ChecklistItemManager] = ChecklistItemManager()

    class Meta:
        indexes = [
            models.Index(fields=["task", "created_at", "id"], name="checklist_items_of_a_task"),
            models.Index(fields=["team", "created_at", "id"], name="checklist_items_of_a_team"),
        ]

    def clean(self) -> None:
        self.name = plain(self.name)
        refuse("name", self.name, validate_visible)

    def enter(self, by: Account) -> ProjectSeat:
        return enter_project(self.task.project_id, by)

    def siblings(self) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = ChecklistItem.objects.filter(task=self.task_id, comment=self.comment_id)
        return rows

"""A titled part of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models, transaction
from django.utils import timezone

from nozbe.encryption.fields import SealedTextField
from nozbe.validators import refuse, validate_visible
from tasks.access import ProjectSeat, enter_project
from tasks.errors import InTrash
from tasks.models.ordered import Ordered
from tasks.models.project import Project
from tasks.models.text import plain
from tasks.models.trashable import Trashable, TrashableQuerySet

if TYPE_CHECKING:
    from accounts.models import Account


class SectionQuerySet(TrashableQuerySet):
    @transaction.atomic
    def make(self, project: Project, *, name: str, by: Account, id: str | None = None) -> Section:
        """Behind the others. Raises ValidationError by field."""
        seat = enter_project(project.pk, by)
        seat.refuse_guest()
        if seat.trashed_at is not None:
            raise InTrash
        section = Section(team_id=seat.team, project=project)
        section.go_last()
        section.begin({"name": name}, by=by, id=id)
        return section


class SectionManager(models.Manager.from_queryset(SectionQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class Section(Trashable, Ordered):
    NOUN = "section"
    HANGS_ON = ("project",)

    project = models.ForeignKey(
        "tasks.Project", on_delete=models.CASCADE, related_name="sections", db_index=False, db_constraint=False
    )
    name = SealedTextField(max_length=200)
    archived_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[SectionManager] = SectionManager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "created_at", "id"], name="sections_of_a_project"),
            models.Index(fields=["team", "created_at", "id"], name="sections_of_a_team"),
        ]
        constraints = [models.UniqueConstraint(fields=["id", "project"], name="a_section_has_one_project")]

    def clean(self) -> None:
        self.name = plain(self.name)
        refuse("name", self.name, validate_visible)

    def enter(self, by: Account) -> ProjectSeat:
        return enter_project(self.project_id, by)

    def siblings(self) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = Section.objects.filter(project=self.project_id)
        return rows

    @transaction.atomic
    def archive(self, *, by: Account) -> None:
        self.lock_to_work(by)
        if self.archived_at is None:
            self.archived_at = timezone.now()
            self.save(update_fields=["archived_at"])
            self.record("archived", by=by)

    @transaction.atomic
    def unarchive(self, *, by: Account) -> None:
        self.lock_to_work(by)
        if self.archived_at is not None:
            self.archived_at = None
            self.save(update_fields=["archived_at"])
            self.record("unarchived", by=by)

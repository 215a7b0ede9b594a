"""A task: name, who is responsible, where it is, and when it is due."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from nozbe.encryption.fields import SealedTextField
from nozbe.validators import refuse, validate_visible
from tasks.access import ProjectSeat, Seat, enter_project
from tasks.errors import InTrash
from tasks.models.completable import Abandonable
from tasks.models.ordered import Ordered, place_after
from tasks.models.project import Project
from tasks.models.recurring import FIRST_YEAR, LAST_YEAR, Recurring
from tasks.models.section import Section
from tasks.models.tag import Tag, TaskTag
from tasks.models.text import plain
from tasks.models.trashable import Trashable, TrashableQuerySet

if TYPE_CHECKING:
    from accounts.models import Account

MOST_MINUTES = 52 * 7 * 24 * 60

ASIDE = ("tags", "recurrence")
"""What a task is given that is not one column of its row."""


class TaskQuerySet(TrashableQuerySet):
    def open(self) -> Self:
        """Neither done nor abandoned."""
        return self.filter(ended_at__isnull=True, abandoned_at__isnull=True)

    def series_seen(self, named: Iterable[str | None], by: Account) -> set[str]:
        """Of the tasks that copies name as theirs, those that the person sees; to them, the others are nobody's."""
        wanted = {pk for pk in named if pk is not None}
        return set(self.visible_to(by).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()

    @transaction.atomic
    def make(self, project: Project, *, by: Account, id: str | None = None, **given: Any) -> Task:
        """Behind the others of its section. Raises ValidationError by field; `given` as for `Task.change`."""
        seat = enter_project(project.pk, by)
        seat.refuse_guest()
        if seat.trashed_at is not None:
            raise InTrash
        task = Task(team_id=seat.team, project=project, author=by, section_id=given.get("section_id"))
        task.go_last()
        task.begin({name: value for name, value in given.items() if name not in ASIDE}, by=by, id=id)
        task.set_aside(given, seat=seat, by=by)
        return task


class TaskManager(models.Manager.from_queryset(TaskQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class Task(Recurring, Abandonable, Trashable, Ordered):
    NOUN = "task"
    HANGS_ON = ("section", "project")

    project = models.ForeignKey(
        "tasks.Project", on_delete=models.CASCADE, related_name="tasks", db_index=False, db_constraint=False
    )
    section = models.ForeignKey(
        "tasks.Section", on_delete=models.SET_NULL, null=True, related_name="tasks", db_constraint=False
    )
    name = SealedTextField(max_length=1000)
    author = models.ForeignKey("accounts.Account", on_delete=models.SET_NULL, null=True, related_name="+")
    responsible = models.ForeignKey("accounts.Account", on_delete=models.SET_NULL, null=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    """The day of an all-day task, wherever one is."""

    due_at = models.DateTimeField(null=True, blank=True)
    """The moment, of a task with a time of day."""

    time_needed_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)]
    )

    objects: ClassVar[TaskManager] = TaskManager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "created_at", "id"], name="tasks_of_a_project"),
            models.Index(fields=["project", "section", "position"], name="tasks_in_order"),
            models.Index(fields=["team", "created_at", "id"], name="tasks_of_a_team"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id", "team"], name="a_task_has_one_team"),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_at__isnull=True), name="a_task_is_due_on_a_day_or_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(abandoned_at__isnull=True),
                name="a_task_is_ended_or_abandoned",
            ),
            *Recurring.constraints(),
        ]

    def clean(self) -> None:
        """Raises ValidationError by field."""
        self.name = plain(self.name)
        refuse("name", self.name, validate_visible)
        self.clean_due()

    def clean_due(self) -> None:
        """Raises ValidationError by field."""
        if self.due_on is not None and self.due_at is not None:
            message = ValidationError(_("A task is due on a day or at a time, not both."), code="both")
            raise ValidationError({"due_at": message})
        day = self.due_on or (self.due_at and self.due_at.date())
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            message = ValidationError(_("Choose a date between the years 1970 and 2999."), code="out_of_range")
            raise ValidationError({"due_on" if self.due_on else "due_at": message})
        self.clean_recurrence()

    def enter(self, by: Account) -> ProjectSeat:
        return enter_project(self.project_id, by)

    def siblings(self) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = Task.objects.filter(project=self.project_id, section=self.section_id)
        return rows

    def assign(self, given: dict[str, Any]) -> None:
        """Also refuses a section of another project, and a responsible person who does not work in this one."""
        super().assign(given)
        sections = Section.objects.live().filter(project=self.project_id)
        if given.get("section_id") is not None and not sections.filter(pk=self.section_id).exists():
            raise _unknown("section", _("There is no such section in this project."))
        if given.get("responsible_id") is not None:
            self.refuse_responsible()

    def refuse_responsible(self) -> None:
        """Raises ValidationError when the responsible person does not work in the project."""
        if self.responsible_id is not None and not self.project.can_work(self.responsible_id):
            raise _unknown("responsible", _("Nobody who works in this project has this ID."))

    @transaction.atomic
    def change(self, *, by: Account, **given: Any) -> None:
        """Set what is named: columns, `tags` (IDs), `recurrence` (a `Repetition` or None); leave the rest alone.

        A due date that changes leaves the recurrence as it is; without one there is none. With a project or section
        it goes behind the others there; in another project nobody is responsible any more who does not work there.
        """
        seat: Seat = self.lock_to_work(by)
        if project := given.pop("project", None):
            seat = self._go_to(project, by=by)
            given.setdefault("section_id", None)
            if "responsible_id" not in given and self.responsible_id and not project.can_work(self.responsible_id):
                given["responsible_id"] = None
                self.record("changed", by=by)
        once = "recurrence" in given and given["recurrence"] is None
        if once:
            self.repeat(given.pop("recurrence"))  # before the due date that it needs goes
        columns = {name: value for name, value in given.items() if name not in ASIDE}
        before = (self.project_id, self.section_id)
        self.assign(columns)
        if columns.keys() & {"due_on", "due_at"}:
            columns |= self.follow_due_date()
        if project or self.section_id != before[1]:
            self.go_last()
            columns |= {"project_id": self.project_id, "position": self.position}
        if columns:
            self.store(columns)
        told = self.set_aside(given, seat=seat, by=by)
        if project or columns or once or told:
            self.record("moved" if project else "changed", by=by)

    @transaction.atomic
    def place(self, *, after: str | None, by: Account, section: str | None = None, move: bool = False) -> None:
        """As with everything ordered; with `move`, into that section (None: none) on the way."""
        self.lock_to_work(by)
        if move:
            self.assign({"section_id": section})
        if after != self.pk:
            self.position = place_after(self.siblings().exclude(pk=self.pk), after)
        self.save(update_fields=["section", "position"])
        self.record("placed", by=by)

    def set_aside(self, given: dict[str, Any], *, seat: Seat, by: Account) -> bool:
        """Whether anything changed that is not private to the person."""
        if "recurrence" in given:
            self.repeat(given["recurrence"])
        tagged = "tags" in given and self.tag(given["tags"], seat=seat, by=by)
        return "recurrence" in given or tagged

    def tag(self, ids: list[str], *, seat: Seat, by: Account) -> bool:
        """Exactly these, of all tags that the person sees; others' private ones stay, and those in the trash.

        Returns whether others can tell: one's private tags are nobody else's business. Raises ValidationError.
        """
        wanted = set(ids)
        visible = Tag.objects.visible_to(by).live().filter(team=self.team_id)
        known = set(visible.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
        there = set(self.taggings.filter(tag__in=visible.values("pk")).values_list("tag", flat=True))
        if unknown := wanted - known - there:
            raise _unknown("tags", _("There is no such tag in this team: %(tag)s.") % {"tag": sorted(unknown)[0]})
        if gone := there - wanted:
            self.taggings.filter(tag__in=gone).delete()
        rows = [TaskTag(team_id=self.team_id, task=self, tag_id=tag) for tag in sorted(wanted - there)]
        TaskTag.objects.bulk_create(rows, ignore_conflicts=True)
        return bool(Tag.objects.filter(pk__in=wanted ^ there, private_to__isnull=True).exists())

    def _go_to(self, project: Project, *, by: Account) -> ProjectSeat:
        """Into another project of the same team. Raises ValidationError for one of another team."""
        seat = enter_project(project.pk, by)
        seat.refuse_guest()
        if seat.team != self.team_id:
            raise _unknown("project", _("There is no such project in this team."))
        if seat.trashed_at is not None:
            raise InTrash
        self.project = project
        self.section = None
        return seat


def _unknown(field: str, detail: str) -> ValidationError:
    return ValidationError({field: ValidationError(detail, code="unknown")})

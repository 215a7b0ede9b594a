"""One change to many tasks, all of them or none. What it costs in statements does not grow with how many they are,
but for recurring ones: completing and reopening those is done one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from nozbe.audit import Verb
from nozbe.audit.appending import append_each
from nozbe.errors import NotFound
from tasks.access import ProjectSeat, enter_project
from tasks.errors import AnotherState, InTrash
from tasks.models import Section, Tag, Task, TaskTag
from tasks.models.ordered import last_place
from tasks.positions import between

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Account
    from tasks.models import Project

MOST = 200


@dataclass(frozen=True)
class BulkChange:
    columns: dict[str, Any] = field(default_factory=dict)
    """`responsible_id`, `section_id`, `due_on`, `due_at`, `time_needed_minutes`, as for `Task.change`."""

    project: Project | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    ended: bool | None = None
    abandoned: bool | None = None
    trashed: bool | None = None

    @transaction.atomic
    def apply(self, ids: list[str], *, by: Account) -> None:
        """Raises NotFound when one of them is not to be seen, and whatever a single task would refuse.

        What is restored is restored first, what is trashed is trashed last; between them the rest is done.
        """
        tasks = lock_all(ids, by=by, with_series=self.ended is False)
        seats = {project: enter_project(project, by) for project in sorted({task.project_id for task in tasks})}
        for seat in seats.values():
            seat.refuse_guest()
        if self.trashed is False:
            self._set(tasks, Verb.TASK_RESTORED, by, lambda task: task.trashed_at is not None, trashed_at=None)
        self._refuse_in_trash(ids)
        if self.project is not None or self.columns:
            self._change(tasks, by)
        if self.add_tags or self.remove_tags:
            self._tag(tasks, by)
        self._end_or_reopen(tasks, by)
        tasks = [task for task in tasks if task.pk]  # copies that were reopened are gone
        self._abandon_or_resume(tasks, by)
        if self.trashed:
            now = timezone.now()
            self._set(tasks, Verb.TASK_TRASHED, by, lambda task: task.trashed_at is None, trashed_at=now)

    def _refuse_in_trash(self, ids: list[str]) -> None:
        """What only goes to the trash may be an entry there already, as with a single task."""
        refused = Task.objects.filter(pk__in=ids).in_trash()
        if self == BulkChange(trashed=True):
            refused = refused.filter(trashed_at__isnull=True)
        if refused.exists():
            raise InTrash

    def _change(self, tasks: list[Task], by: Account) -> None:
        columns = dict(self.columns)
        if self.project is not None:
            self._enter(self.project, tasks, by)
            columns.setdefault("section_id", None)
        for task in tasks:
            task.project = self.project or task.project
        if self.project is not None and "responsible_id" not in columns:
            self._leave_behind(self.project, tasks, by)
        self._check(tasks, columns)
        if self.project is not None or "section_id" in columns:
            self._go_last(tasks)
        self._set_columns(tasks, columns)
        moved = self.project is not None
        self._record(Verb.TASK_MOVED if moved else Verb.TASK_CHANGED, tasks, by)

    def _leave_behind(self, project: Project, tasks: list[Task], by: Account) -> None:
        """Responsible people who do not work in the project that the tasks go to, as when a single one goes."""
        named = {task.responsible_id for task in tasks if task.responsible_id is not None}
        lost = named - project.who_can_work(named)
        self._set(tasks, Verb.TASK_CHANGED, by, lambda task: task.responsible_id in lost, responsible_id=None)

    def _go_last(self, tasks: list[Task]) -> None:
        """Behind the others of its project and section, each, in the order in which they were named."""
        places: dict[str, str] = {}
        for task in tasks:
            last = places.get(task.project_id)
            task.position = last_place(task.siblings()) if last is None else between(last, None)
            places[task.project_id] = task.position
        Task.objects.bulk_update(tasks, ["project", "section", "position"])

    def _enter(self, project: Project, tasks: list[Task], by: Account) -> ProjectSeat:
        seat = enter_project(project.pk, by)
        seat.refuse_guest()
        if any(task.team_id != seat.team for task in tasks):
            raise _unknown("project", _("There is no such project in this team."))
        if seat.trashed_at is not None:
            raise InTrash
        return seat

    def _check(self, tasks: list[Task], columns: dict[str, Any]) -> None:
        """As a single task does, but each project and each responsible person once."""
        if columns.get("section_id") is not None:
            sections = Section.objects.live().filter(pk=columns["section_id"])
            if set(sections.values_list("project", flat=True)) != {task.project_id for task in tasks}:
                raise _unknown("section", _("There is no such section in this project."))
        pairs: dict[tuple[str, str | None], Task] = {}
        for task in tasks:
            for name, value in columns.items():
                setattr(task, name, value)
            task.clean_due()
            pairs[task.project_id, task.responsible_id] = task
        if "responsible_id" in columns:  # who is it already and works there stays it
            for task in pairs.values():
                task.refuse_responsible()

    def _set_columns(self, tasks: list[Task], columns: dict[str, Any]) -> None:
        plain = {name: value for name, value in columns.items() if name != "section_id"}
        if plain:
            Task.objects.filter(pk__in=[task.pk for task in tasks]).update(**plain)
        if plain.keys() & {"due_on", "due_at"}:
            again = [task for task in tasks if task.follow_due_date()]
            if again:
                Task.objects.bulk_update(again, ["recurrence_at"])

    def _tag(self, tasks: list[Task], by: Account) -> None:
        teams = {task.team_id for task in tasks}
        wanted = {*self.add_tags, *self.remove_tags}
        visible = Tag.objects.visible_to(by).live().filter(pk__in=wanted, team__in=teams)
        tags = list(visible.values_list("private_to", flat=True))
        if len(tags) != len(wanted) or len(teams) != 1:
            raise _unknown("add_tags", _("One of these tags is not in the team of all these tasks."))
        rows = [
            TaskTag(team_id=task.team_id, task=task, tag_id=tag) for task in tasks for tag in sorted({*self.add_tags})
        ]
        TaskTag.objects.bulk_create(rows, ignore_conflicts=True)
        TaskTag.objects.filter(task__in=[task.pk for task in tasks], tag__in=self.remove_tags).delete()
        if None in tags:  # one's private ones are nobody else's business
            self._record(Verb.TASK_CHANGED, tasks, by)

    def _end_or_reopen(self, tasks: list[Task], by: Account) -> None:
        if self.ended is None:
            return
        # A series that is over before its copies, and of those the latest first
        for task in sorted(tasks, key=lambda task: (task.series_id is not None, -task.occurrence)):
            if self.ended and task.recurs and task.ended_at is None:
                task.complete_occurrence(by=by)
            elif not self.ended and task.ended_at is not None and (task.recurs or task.series_id is not None):
                task.reopen_occurrence(by=by)
        once = [task for task in tasks if task.pk and not task.recurs and (self.ended or task.series_id is None)]
        if self.ended:
            if any(task.abandoned_at is not None for task in once):
                raise AnotherState(_("One of them was abandoned. Take it up again first. Nothing was changed."))
            now = timezone.now()
            self._set(once, Verb.TASK_ENDED, by, lambda task: task.ended_at is None, ended_at=now)
        else:
            self._set(once, Verb.TASK_REOPENED, by, lambda task: task.ended_at is not None, ended_at=None)

    def _abandon_or_resume(self, tasks: list[Task], by: Account) -> None:
        if self.abandoned:
            if any(task.ended_at is not None for task in tasks):
                raise AnotherState(_("One of them is done already. Reopen it first. Nothing was changed."))
            now: datetime = timezone.now()
            self._set(tasks, Verb.TASK_ABANDONED, by, lambda task: task.abandoned_at is None, abandoned_at=now)
        elif self.abandoned is False:
            self._set(tasks, Verb.TASK_RESUMED, by, lambda task: task.abandoned_at is not None, abandoned_at=None)

    def _set(self, tasks: list[Task], verb: Verb, by: Account, change: Any, **value: Any) -> None:
        """Those that are not so yet; in the database and in memory."""
        changing = [task for task in tasks if change(task)]
        if changing:
            Task.objects.filter(pk__in=[task.pk for task in changing]).update(**value)
            for task in changing:
                for name, new in value.items():
                    setattr(task, name, new)
            self._record(verb, changing, by)

    def _record(self, verb: Verb, tasks: list[Task], by: Account) -> None:
        for team in sorted({task.team_id for task in tasks}):
            mine = [task.pk for task in tasks if task.team_id == team]
            append_each(verb, actor=by.pk, team=team, objects=mine)


def lock_all(ids: list[str], *, by: Account, with_series: bool = False) -> list[Task]:
    """Locked in the order in which everybody locks, and returned in that of `ids`; `with_series` locks also the tasks
    that they are copies of. Raises NotFound when one of them is not to be seen.
    """
    seen = Task.objects.visible_to(by).filter(pk__in=ids)
    wanted = Q(pk__in=seen.values("pk"))
    if with_series:
        wanted |= Q(pk__in=seen.values("series"))
    rows = Task.objects.filter(wanted).select_related("project").select_for_update(no_key=True, of=("self",))
    found = {task.pk: task for task in rows.order_by("pk")}
    if not found.keys() >= set(ids):
        raise NotFound
    return [found[pk] for pk in dict.fromkeys(ids)]


def _unknown(name: str, detail: str) -> ValidationError:
    return ValidationError({name: ValidationError(detail, code="unknown")})

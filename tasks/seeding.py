"""Fills the example team with the work of a small design studio, through the same verbs as everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Team
from tasks import example_studio as studio
from tasks.example_studio import ProjectPlan, TaskPlan
from tasks.models import ChecklistItem, Comment, Priority, Project, ProjectGroup, Reminder, Section, Tag, Task
from tasks.models.recurring import Repetition


@transaction.atomic
def fill(team: Team, people: Mapping[str, Account]) -> bool:
    """Whether there was anything to do: a team with any project, also in the trash, is left as it is.

    `people` are its owner, admin, member and guest, by these words.
    """
    team.lock()  # of two at once, the second finds what the first made
    if Project.objects.listed().filter(team=team).exists():
        return False
    Studio(team, people).fill()
    return True


class Studio:
    def __init__(self, team: Team, people: Mapping[str, Account]) -> None:
        self.team = team
        self.people = people
        self.zone = ZoneInfo(people["owner"].time_zone)
        self.today = timezone.now().astimezone(self.zone).date()
        self.groups: dict[str, ProjectGroup] = {}
        self.tags: dict[str, Tag] = {}
        self.projects: dict[str, Project] = {}
        self.tasks: dict[str, Task] = {}
        """By their names, which the plan gives only once."""

    def fill(self) -> None:
        for name in studio.GROUPS:
            self.groups[name] = ProjectGroup.objects.make(self.team, name=name, by=self.people["owner"])
        for name, tag in studio.TAGS.items():
            self.tags[name] = Tag.objects.make(
                self.team, by=self.people[tag.who], private=tag.private, name=name, colour=tag.colour, icon=tag.icon
            )
        for plan in studio.PROJECTS:
            self._project(plan)
        for who, tasks in studio.SINGLE.items():
            single = Project.objects.single_tasks_of(self.team.pk, by=self.people[who])
            for task in tasks:
                self._task(task, project=single, section=None, by=who)
        self._talk()
        self._what_is_ones_own()
        self._throw_away()
        for plan in studio.PROJECTS:
            if plan.ended:
                self.projects[plan.name].end(by=self.people[plan.by])

    def _project(self, plan: ProjectPlan) -> None:
        by = self.people[plan.by]
        group = self.groups[plan.group].pk if plan.group else None
        project = Project.objects.make(
            self.team, by=by, name=plan.name, colour=plan.colour, group_id=group, is_open=not plan.private
        )
        for who in plan.shared_with:
            project.share(self.people[who].pk, by=by)
        for who in plan.favourite_of:
            project.make_favourite(by=self.people[who])
        self.projects[plan.name] = project
        for name, tasks in plan.sections.items():
            section = Section.objects.make(project, name=name, by=by) if name else None
            for task in tasks:
                self._task(task, project=project, section=section, by=plan.by)
            if section is not None and name in studio.ARCHIVED_SECTIONS:
                section.archive(by=by)

    def _task(self, plan: TaskPlan, *, project: Project, section: Section | None, by: str) -> None:
        task = Task.objects.make(
            project,
            by=self.people[by],
            name=plan.name,
            section_id=section.pk if section else None,
            responsible_id=self.people[plan.who].pk if plan.who else None,
            time_needed_minutes=plan.minutes,
            tags=self._tags(plan, to=None),
            **self._when(plan),
        )
        self.tasks[plan.name] = task
        for who in {studio.TAGS[name].who for name in plan.tags if studio.TAGS[name].private}:
            task.change(by=self.people[who], tags=self._tags(plan, to=who))
        for item in plan.checklist:
            row = ChecklistItem.objects.make(task, name=item.removeprefix("+"), by=self.people[by])
            if item.startswith("+"):
                row.complete(by=self.people[by])
        for _ in range(plan.completed):
            task.complete_occurrence(by=self.people[plan.who or by])
        if plan.abandoned:
            task.abandon(by=self.people[by])

    def _tags(self, plan: TaskPlan, *, to: str | None) -> list[str]:
        """The team's, and those that are private to this person: nobody else can put them on."""
        tags = [(name, studio.TAGS[name]) for name in plan.tags]
        return [self.tags[name].pk for name, tag in tags if not tag.private or tag.who == to]

    def _when(self, plan: TaskPlan) -> dict[str, Any]:
        when: dict[str, Any] = {}
        if plan.due is not None:
            day = self.today + timedelta(days=plan.due)
            when = {"due_at": self._at(day, plan.at)} if plan.at else {"due_on": day}
        if plan.every:
            when["recurrence"] = Repetition(rule=plan.every, mode=plan.mode, time_zone=str(self.zone))
        return when

    def _at(self, day: date, clock: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock), tzinfo=self.zone)

    def _talk(self) -> None:
        for name, said in studio.COMMENTS.items():
            for plan in said:
                comment = Comment.objects.make(self.tasks[name], body=plan.text, by=self.people[plan.by])
                for who, emoji in plan.reactions:
                    comment.react(emoji, by=self.people[who])
                if plan.pinned:
                    comment.pin(by=self.people["owner"])
                for item in plan.checklist:
                    ChecklistItem.objects.make(self.tasks[name], name=item, by=self.people[plan.by], comment=comment)
                if plan.thrown_away:
                    comment.trash(by=self.people[plan.by])

    def _what_is_ones_own(self) -> None:
        for who, names in studio.PRIORITIES.items():
            for name in names:
                Priority.objects.star(self.tasks[name], by=self.people[who])
        for who, name, given in studio.REMINDERS:
            said = dict(given)
            if "in_days" in said:
                said["on"] = self.today + timedelta(days=said.pop("in_days"))
            Reminder.objects.make(self.tasks[name], by=self.people[who], **said)

    def _throw_away(self) -> None:
        for name in studio.TRASHED_TASKS:
            self.tasks[name].trash(by=self.people["member"])
        for section in Section.objects.filter(project=self.projects[studio.TRASHED_SECTION[0]]):
            if section.name == studio.TRASHED_SECTION[1]:
                section.trash(by=self.people["owner"])
        self.tags[studio.ARCHIVED_TAG].archive(by=self.people["owner"])
        self.tags[studio.TRASHED_TAG].trash(by=self.people["admin"])

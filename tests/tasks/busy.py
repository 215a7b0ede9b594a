"""A project in which much has happened."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from accounts.models import Account
from tasks.models import ChecklistItem, Comment, Priority, Project, ProjectGroup, Reminder, Section, Tag, Task
from tasks.models.recurring import Repetition
from tests.cast import GUEST, MEMBER, OWNER, the_team

REMINDERS = (
    {"at": datetime(2031, 1, 30, 10, tzinfo=UTC)},
    {"on": date(2031, 1, 30)},
    {"minutes_before": 30},
)


def busy_project() -> dict[str, str]:
    """Name → ID of all that is in it. There are two sections, with tasks in each and in none."""
    owner, member, guest = (person.account() for person in (OWNER, MEMBER, GUEST))
    team = the_team()
    group = ProjectGroup.objects.make(team, name="Group", by=owner)
    tag = Tag.objects.make(team, by=owner, name="team", colour="red", icon="star")
    other_tag = Tag.objects.make(team, by=owner, name="other")
    private_tag = Tag.objects.make(team, by=member, name="mine", private=True)
    project = Project.objects.make(
        team, by=owner, name="Busy", colour="green", group_id=group.pk, members=(guest.pk, member.pk)
    )
    other_project = Project.objects.make(team, by=owner, name="Other")
    for account in (owner, member):
        project.make_favourite(by=account)
    section = Section.objects.make(project, name="Section", by=owner)
    other_section = Section.objects.make(project, name="Other section", by=owner)
    other_section.place(after=None, by=owner)
    task = Task.objects.make(
        project, by=owner, name="Task", section_id=section.pk, responsible_id=member.pk, time_needed_minutes=90,
        due_at=datetime(2031, 1, 31, 8, tzinfo=UTC), tags=[tag.pk, other_tag.pk],
        recurrence=Repetition("FREQ=MONTHLY", "schedule", "Europe/Warsaw"),
    )  # fmt: skip
    task.change(by=member, tags=[tag.pk, other_tag.pk, private_tag.pk])
    neighbour = Task.objects.make(project, by=owner, name="Neighbour", section_id=section.pk, tags=[tag.pk])
    neighbour.place(after=None, by=owner)
    ended = Task.objects.make(project, by=owner, name="Ended", section_id=other_section.pk)
    ended.complete(by=owner)
    loose = Task.objects.make(project, by=owner, name="Loose")
    rows = {
        "group": group, "tag": tag, "other_tag": other_tag, "private_tag": private_tag, "project": project,
        "other_project": other_project, "section": section, "other_section": other_section, "task": task,
        "neighbour": neighbour, "ended": ended, "loose": loose,
    } | _on(task, owner, member, guest)  # fmt: skip
    return {name: row.pk for name, row in rows.items()}


def _on(task: Task, owner: Account, member: Account, guest: Account) -> dict[str, Any]:
    comment = Comment.objects.make(task, body="A **word**", by=member)
    comment.edit("Another **word**", by=member)
    comment.pin(by=owner)
    rows: dict[str, Any] = {
        "comment": comment,
        "plain_comment": Comment.objects.make(task, body="From outside", by=guest),
        "owners_reaction": comment.react("👍", by=owner),
        "guests_reaction": comment.react("🎉", by=guest),
    }
    for name in ("item", "ticked", "moved"):
        rows[name] = ChecklistItem.objects.make(task, name=name, by=owner)
    for name in ("item_in_comment", "ticked_in_comment"):
        rows[name] = ChecklistItem.objects.make(task, name=name, by=member, comment=comment)
    rows["ticked"].complete(by=owner)
    rows["ticked_in_comment"].complete(by=owner)
    rows["moved"].place(after=rows["item"].pk, by=owner)
    for account, whose in ((owner, "owners"), (member, "members")):
        for number, when in enumerate(REMINDERS):
            rows[f"{whose}_reminder_{number}"] = Reminder.objects.make(task, by=account, **when)
        Priority.objects.star(task, by=account)
    return rows


def made(answer: Any) -> str:
    """The ID of what a request made."""
    return done(answer)["id"]


def done(answer: Any) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.content
    return answer.json()

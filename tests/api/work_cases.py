"""Everybody × every endpoint of work, in three projects: one that is shared with the guest, one that is open to the
team, and a private one in which there is only MEMBER.
"""

from __future__ import annotations

from typing import Any

from accounts.models import Account, Team
from tasks.models import (
    ChecklistItem,
    Comment,
    Priority,
    Project,
    ProjectGroup,
    Reminder,
    Section,
    Tag,
    Task,
)

NOBODY, OWNER, ADMIN, MEMBER, GUEST, STRANGER = "nobody", "owner", "admin", "member", "guest", "stranger"
WORKING = (OWNER, ADMIN, MEMBER)
Case = tuple[str, Any, dict[str, int]]


def table(*, guest: int, stranger: int = 404, **working: int) -> dict[str, int]:
    return {NOBODY: 401, GUEST: guest, STRANGER: stranger} | working


def works(status: int, *, guest: int = 403) -> dict[str, int]:
    return table(guest=guest, **dict.fromkeys(WORKING, status))


def only_member(status: int) -> dict[str, int]:
    return table(guest=404, owner=404, admin=404, member=status)


def everybody(status: int) -> dict[str, int]:
    return {NOBODY: 401} | dict.fromkeys((*WORKING, GUEST, STRANGER), status)


PLACES = ("shared", "open", "private")
READ = ("projects/{P}", "projects/{P}/members", "sections/{P_section}", "tasks/{P_task}", "comments/{P_comment}",
        "checklist-items/{P_item}")  # fmt: skip
CHANGED = [
    ("PATCH projects/{P}", {"name": "Other", "colour": "red"}),
    ("PUT projects/{P}/position", {"after": None}),
    *((f"{method} projects/{{P}}/{state}", None) for state in ("completion", "trash", "favourite")
      for method in ("POST", "DELETE")),
    ("PATCH sections/{P_section}", {"name": "Other"}),
    ("PUT sections/{P_section}/position", {"after": None}),
    *((f"{method} sections/{{P_section}}/{state}", None) for state in ("archive", "trash")
      for method in ("POST", "DELETE")),
    ("PATCH tasks/{P_task}", {"name": "Other", "due_on": "2027-01-01"}),
    ("PUT tasks/{P_task}/position", {"after": None}),
    *((f"{method} tasks/{{P_task}}/{state}", None) for state in ("abandonment", "trash", "priority", "completion")
      for method in ("POST", "DELETE")),
    ("POST tasks/changes", {"tasks": ["{P_task}"], "set": {"ended": True}}),
    *((f"{method} comments/{{P_comment}}/pin", None) for method in ("POST", "DELETE")),
    ("PATCH checklist-items/{P_item}", {"name": "Other"}),
    ("PUT checklist-items/{P_item}/position", {"after": None}),
    *((f"{method} checklist-items/{{P_item}}/{state}", None) for state in ("completion", "trash")
      for method in ("POST", "DELETE")),
]  # fmt: skip
CREATED = [
    ("sections", {"project": "{P}", "name": "New"}),
    ("tasks", {"project": "{P}", "name": "New"}),
    ("checklist-items", {"task": "{P_task}", "name": "New"}),
    ("me/reminders", {"task": "{P_task}", "minutes_before": 10}),
    ("projects/{P}/members", {"account": "{admin}"}),
]
SPOKEN = [
    ("comments", {"task": "{P_task}", "body": "New"}),
    ("comments/{P_comment}/reactions", {"emoji": "🎉"}),
]


def in_places() -> list[Case]:
    """What one may in a project, in each of the three."""
    cases: list[Case] = []
    for place in PLACES:
        for path in READ:
            allowed = {"shared": works(200, guest=200), "open": works(200, guest=404), "private": only_member(200)}
            cases.append((f"GET {path}", None, allowed[place]))
        for what, body in CHANGED:
            cases.append((what, body, _of(place, 200)))
        for path, body in CREATED:
            cases.append((f"POST {path}", body, _of(place, 201)))
        for path, body in SPOKEN:
            allowed = {"shared": works(201, guest=201), "open": works(201, guest=404), "private": only_member(201)}
            cases.append((f"POST {path}", body, allowed[place]))
        cases += _by_the_author(place)
        cases[:] = [(_named(what, place), _named(body, place), expected) for what, body, expected in cases]
    return cases


def _of(place: str, status: int) -> dict[str, int]:
    return {"shared": works(status), "open": works(status, guest=404), "private": only_member(status)}[place]


def _by_the_author(place: str) -> list[Case]:
    """MEMBER wrote the comments, and reacted."""
    guest = 403 if place == "shared" else 404
    if place == "private":
        edited, thrown, taken = only_member(200), only_member(200), only_member(204)
        left = only_member(409)
    else:
        edited = table(guest=guest, owner=403, admin=403, member=200)
        thrown = table(guest=guest, owner=200, admin=200, member=200)
        taken = table(guest=guest, owner=403, admin=403, member=204)
        left = works(204, guest=guest)
    return [
        ("PUT tasks/{P_task}/priority", {"after": None}, _of(place, 200) | {GUEST: 404}),  # who has not starred it
        ("PATCH comments/{P_comment}", {"body": "Other"}, edited),
        ("POST comments/{P_comment}/trash", None, thrown),
        ("DELETE comments/{P_comment}/trash", None, thrown),
        ("DELETE comments/{P_comment}/reactions/{P_reaction}", None, taken),
        ("DELETE projects/{P}/members/{member}", None, left),
    ]


def _named(template: Any, place: str) -> Any:
    if isinstance(template, str):
        return template.replace("{P", "{" + place)
    if isinstance(template, dict):
        return {name: _named(value, place) for name, value in template.items()}
    return [_named(value, place) for value in template] if isinstance(template, list) else template


def of_a_kind(path: str, *, states: tuple[str, ...], body: dict[str, Any], place: bool, expected: Any) -> list[Case]:
    """Reading and changing one thing; `expected` by whether it is read."""
    cases: list[Case] = [(f"GET {path}", None, expected(True)), (f"PATCH {path}", body, expected(False))]
    cases += [(f"{method} {path}/{state}", None, expected(False)) for state in states for method in ("POST", "DELETE")]
    return cases + ([(f"PUT {path}/position", {"after": None}, expected(False))] if place else [])


LISTS = ("projects", "project-groups", "sections", "tags", "tasks", "comments", "checklist-items", "me/reminders",
         "me/priority")  # fmt: skip
WORK_CASES: list[Case] = [
    *((f"GET {path}", None, everybody(200)) for path in LISTS),
    *in_places(),
    *((f"POST {path}", {"team": "{team}", "name": "New"}, works(201))
      for path in ("projects", "project-groups", "tags", "tasks")),
    *of_a_kind("project-groups/{group}", states=("trash",), body={"name": "Other"}, place=True,
               expected=lambda read: works(200, guest=200 if read else 403)),
    *of_a_kind("project-groups/{empty_group}", states=("trash",), body={"name": "Other"}, place=True,
               expected=lambda read: works(200, guest=404)),
    *of_a_kind("tags/{tag}", states=("archive", "trash"), body={"name": "Other"}, place=False,
               expected=lambda read: works(200, guest=200 if read else 403)),
    *of_a_kind("tags/{unused_tag}", states=("archive", "trash"), body={"name": "Other"}, place=False,
               expected=lambda read: works(200, guest=404)),
    *of_a_kind("tags/{members_tag}", states=("archive", "trash"), body={"name": "Other"}, place=False,
               expected=lambda read: only_member(200)),
    ("POST teams/{team}/search", {"q": "x"}, works(200, guest=200)),
    ("GET teams/{team}/activity", None, works(200, guest=200)),
    ("GET teams/{team}/trash", None, works(200, guest=200)),
    ("GET me/reminders/{members_reminder}", None, only_member(200)),
    ("PATCH me/reminders/{members_reminder}", {"minutes_before": 5}, only_member(200)),
    ("DELETE me/reminders/{members_reminder}", None, only_member(204)),
]  # fmt: skip


def world_of_work(team: Team, accounts: dict[str, Account]) -> dict[str, str]:
    """What the paths and bodies speak of, by name → ID."""
    member = accounts[MEMBER]
    known: dict[str, str] = {}
    group = ProjectGroup.objects.make(team, name="Group", by=member)
    known["empty_group"] = ProjectGroup.objects.make(team, name="Empty", by=member).pk
    known["group"] = group.pk
    tags = {name: Tag.objects.make(team, name=name, by=member) for name in ("tag", "unused_tag")}
    tags["members_tag"] = Tag.objects.make(team, name="mine", by=member, private=True)
    known |= {name: tag.pk for name, tag in tags.items()}
    for place in PLACES:
        project = Project.objects.make(team, name=place, by=member, is_open=place != "private")
        section = Section.objects.make(project, name="Section", by=member)
        task = Task.objects.make(project, name="Task", by=member)
        comment = Comment.objects.make(task, body="Comment", by=member)
        item = ChecklistItem.objects.make(task, name="Item", by=member)
        known |= {
            place: project.pk,
            f"{place}_section": section.pk,
            f"{place}_task": task.pk,
            f"{place}_comment": comment.pk,
            f"{place}_item": item.pk,
            f"{place}_reaction": comment.react("👍", by=member).pk,
        }
        for role in WORKING if place != "private" else (MEMBER,):
            Priority.objects.star(task, by=accounts[role])
        if place == "shared":
            project.change(by=member, group_id=group.pk)
            project.share(accounts[GUEST].pk, by=member)
            task.change(by=member, tags=[tags["tag"].pk])
            known["members_reminder"] = Reminder.objects.make(task, by=member, minutes_before=60).pk
    return known

"""What is in the trash is looked at and restored, and nothing else: every endpoint of work that changes something."""

from __future__ import annotations

import pytest
from django.db import connection

from tasks.api.urls import urlpatterns
from tests.api.caller import everything
from tests.cast import ADMIN, MEMBER
from tests.tasks.busy import busy_project, done

CHANGES = ("post", "put", "patch", "delete")
ELSEWHERE = {"POST projects", "POST project-groups", "POST tags", "POST tasks/changes"}
"""What makes something in a team, and is in no trash; many tasks at once have tests below."""


def states(thing: str, *names: str) -> list[tuple[str, None]]:
    return [(f"{method} {thing}/{name}", None) for name in names for method in ("POST", "DELETE")]


IN_A_PROJECT = [
    ("PATCH projects/{project}", {"name": "Other"}),
    ("PUT projects/{project}/position", {"after": None}),
    *states("projects/{project}", "completion", "favourite"),
    ("POST projects/{project}/members", {"account": "{admin}"}),
    ("DELETE projects/{project}/members/{member}", None),
    ("POST sections", {"project": "{project}", "name": "New"}),
    ("PATCH sections/{section}", {"name": "Other"}),
    ("PUT sections/{section}/position", {"after": None}),
    *states("sections/{section}", "archive", "trash"),
    ("POST tasks", {"project": "{project}", "name": "New"}),
    ("PATCH tasks/{task}", {"name": "Other"}),
    ("PATCH tasks/{task}", {"project": "{other_project}"}),
    ("PATCH tasks/{elsewhere}", {"project": "{project}"}),
    ("PUT tasks/{task}/position", {"after": None}),
    *states("tasks/{task}", "completion", "abandonment", "priority", "trash"),
    ("PUT tasks/{task}/priority", {"after": None}),
    ("POST comments", {"task": "{task}", "body": "New"}),
    ("PATCH comments/{comment}", {"body": "Other"}),
    *states("comments/{comment}", "pin", "trash"),
    ("POST comments/{comment}/reactions", {"emoji": "✅"}),
    ("DELETE comments/{comment}/reactions/{members_reaction}", None),
    ("POST checklist-items", {"task": "{task}", "name": "New"}),
    ("PATCH checklist-items/{item}", {"name": "Other"}),
    ("PUT checklist-items/{item}/position", {"after": None}),
    *states("checklist-items/{item}", "completion", "trash"),
    ("POST me/reminders", {"task": "{task}", "minutes_before": 5}),
    ("PATCH me/reminders/{members_reminder_0}", {"minutes_before": 5}),
    ("DELETE me/reminders/{members_reminder_0}", None),
]
BESIDE = [
    ("PATCH project-groups/{group}", {"name": "Other"}),
    ("PUT project-groups/{group}/position", {"after": None}),
    ("PATCH tags/{tag}", {"name": "Other"}),
    *states("tags/{tag}", "archive"),
]
TRASHING = {
    f"{method} {path}/*/trash" for path in ("projects", "project-groups", "tags") for method in ("POST", "DELETE")
}
"""Doing that twice, and restoring, are fine (test_restore)."""

ON_A_TASK = ("{task}", "{comment}", "{item}", "{members_reminder_0}")
WITHIN = {
    "projects/{project}": ("{project}", "{section}", *ON_A_TASK),
    "sections/{section}": ("{section}", *ON_A_TASK),
    "tasks/{task}": ON_A_TASK,
}
"""What was thrown away → what the cases name in it."""

MANY = [
    {"section": None},
    {"responsible": None},
    {"due_on": "2031-01-01"},
    {"project": "{other_project}"},
    {"add_tags": ["{other_tag}"]},
    {"remove_tags": ["{other_tag}"]},
    {"ended": True},
    {"ended": False},
    {"abandoned": True},
    {"abandoned": False},
    {"trashed": True, "ended": True},
]


@pytest.fixture
def busy(member, team) -> dict[str, str]:
    known = busy_project()
    known["elsewhere"] = done(member.post("tasks", {"project": known["other_project"], "name": "Elsewhere"}))["id"]
    reaction = member.post(f"comments/{known['comment']}/reactions", {"emoji": "🙂"})
    return known | {
        "members_reaction": done(reaction)["id"],
        "member": MEMBER.account().pk,
        "admin": ADMIN.account().pk,
    }


def filled(template, known):
    if isinstance(template, str):
        return template.format(**known)
    if isinstance(template, dict):
        return {name: filled(value, known) for name, value in template.items()}
    return [filled(value, known) for value in template] if isinstance(template, list) else template


def events() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.event")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("thrown_away", WITHIN)
def test_nothing_in_the_trash_is_changed(member, busy, thrown_away):
    """Of the cases, those that name something that is in the trash then."""
    done(member.post(f"{filled(thrown_away, busy)}/trash"))
    before = everything()
    for what, body in IN_A_PROJECT:
        said = f"{what} {body}"
        if any(name in said for name in WITHIN[thrown_away]) and not what.endswith(f" {thrown_away}/trash"):
            method, path = filled(what, busy).split()
            answer = member.ask(method, path, filled(body, busy))
            assert (answer.status_code, answer.json().get("code")) == (409, "in_trash"), what
            assert events() == len(before["audit.event"]), what
    assert everything() == before


def test_a_group_and_a_tag_in_the_trash_are_not_changed(member, busy):
    for path in ("project-groups/{group}", "tags/{tag}"):
        done(member.post(f"{filled(path, busy)}/trash"))
    before = everything()
    for what, body in BESIDE:
        method, path = filled(what, busy).split()
        answer = member.ask(method, path, body)
        assert (answer.status_code, answer.json().get("code")) == (409, "in_trash"), what
    assert everything() == before


@pytest.mark.parametrize("thrown_away", WITHIN)
def test_of_many_tasks_none_is_changed_when_one_is_in_the_trash(member, busy, thrown_away):
    done(member.post(f"{filled(thrown_away, busy)}/trash"))
    before = everything()
    for change in MANY:
        body = {"tasks": [busy["task"], busy["elsewhere"]], "set": filled(change, busy)}
        answer = member.post("tasks/changes", body)
        assert (answer.status_code, answer.json().get("code")) == (409, "in_trash"), change
    assert everything() == before


def test_every_endpoint_that_changes_work_is_among_these():
    """A new one belongs into the cases above, or says here why not."""
    said = {what for what, _body in [*IN_A_PROJECT, *BESIDE]}
    shapes = {"/".join("*" if "{" in part else part for part in what.split("/")) for what in said}
    for pattern in urlpatterns:
        route = "/".join("*" if "<" in part else part for part in str(pattern.pattern).split("/"))
        for method in CHANGES:
            what = f"{method.upper()} {route}"
            if hasattr(pattern.callback.view_class, method) and what not in ELSEWHERE | TRASHING:
                assert what in shapes

"""Filters, order and pages of lists, and that no list asks the database more often for having more rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.models import ChecklistItem, Comment, Priority, Project, ProjectGroup, Reminder, Section, Tag, Task
from tasks.models.recurring import Repetition
from tests.cast import ADMIN, MEMBER, OWNER, the_team

NEW_YEAR = date(2027, 1, 1)
LATE = datetime(2027, 1, 9, 23, 30, tzinfo=UTC)
LISTS = ("projects", "project-groups", "sections", "tags", "tasks", "comments", "checklist-items", "me/reminders",
         "me/priority")  # fmt: skip


def some_work(number: int) -> None:
    """Of each kind, with all that may hang on it."""
    by, team = OWNER.account(), the_team()
    group = ProjectGroup.objects.make(team, name=f"Group {number}", by=by)
    project = Project.objects.make(team, name=f"Project {number}", by=by, group_id=group.pk)
    project.make_favourite(by=by)
    section = Section.objects.make(project, name="Section", by=by)
    tag = Tag.objects.make(team, name="Tag", by=by)
    task = Task.objects.make(
        project, name="Task", by=by, section_id=section.pk, tags=[tag.pk], responsible_id=by.pk,
        due_on=NEW_YEAR,
        recurrence=Repetition("FREQ=DAILY", "schedule", "Europe/Warsaw"),
    )  # fmt: skip
    comment = Comment.objects.make(task, body="Comment", by=by)
    comment.react("👍", by=by)
    ChecklistItem.objects.make(task, name="Item", by=by, comment=comment)
    Priority.objects.star(task, by=by)
    Reminder.objects.make(task, by=by, minutes_before=60)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_the_database_as_often_for_ten_rows_as_for_one(owner, path):
    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = owner.get(path)
        assert answer.status_code == 200
        return len(answer.json()["results"]), len(queries)

    some_work(0)
    asked()  # what is looked up once in a process
    one = asked()
    for number in range(9):
        some_work(number)
    many = asked()
    assert (one[0], many[0]) == (1, 10)
    assert one[1] == many[1] <= 5


def test_a_change_of_many_tasks_asks_the_database_as_often_as_of_one(owner):
    by = OWNER.account()
    project = Project.objects.make(the_team(), name="Project", by=by)
    tag = Tag.objects.make(the_team(), name="Tag", by=by)
    tasks = [Task.objects.make(project, name=str(number), by=by).pk for number in range(21)]
    change = {"due_on": "2027-01-01", "add_tags": [tag.pk], "ended": True, "responsible": by.pk}

    def asked(ids):
        with CaptureQueriesContext(connection) as queries:
            answer = owner.post("tasks/changes", {"tasks": ids, "set": change})
        assert answer.status_code == 200
        assert {task["due_on"] for task in answer.json()["results"]} == {"2027-01-01"}
        return len(queries)

    asked(tasks[:1])
    assert asked(tasks[1:2]) == asked(tasks[2:])


@pytest.fixture
def work(db) -> dict[str, str]:
    """Tasks that differ in what one may ask for: name → ID."""
    by, team = OWNER.account(), the_team()
    project = Project.objects.make(team, name="Project", by=by)
    other = Project.objects.make(team, name="Other", by=by)
    section = Section.objects.make(project, name="Section", by=by)
    tag = Tag.objects.make(team, name="Tag", by=by)
    secret = Tag.objects.make(team, name="Secret", by=ADMIN.account(), private=True)
    single = Project.objects.single_tasks_of(team.pk, by=by)
    made = {
        "plain": Task.objects.make(project, name="plain", by=by),
        "elsewhere": Task.objects.make(other, name="elsewhere", by=by),
        "sectioned": Task.objects.make(project, name="sectioned", by=by, section_id=section.pk),
        "mias": Task.objects.make(project, name="mias", by=by, responsible_id=MEMBER.account().pk),
        "tagged": Task.objects.make(project, name="tagged", by=by, tags=[tag.pk]),
        "all_day": Task.objects.make(project, name="all_day", by=by, due_on=date(2027, 1, 10)),
        "timed": Task.objects.make(project, name="timed", by=by, due_at=LATE),
        "recurring": Task.objects.make(
            project, name="recurring", by=by, due_on=date(2027, 2, 1),
            recurrence=Repetition("FREQ=DAILY", "schedule", "Europe/Warsaw"),
        ),
        "ended": Task.objects.make(project, name="ended", by=by),
        "abandoned": Task.objects.make(project, name="abandoned", by=by),
        "trashed": Task.objects.make(project, name="trashed", by=by),
        "single": Task.objects.make(single, name="single", by=by),
    }  # fmt: skip
    made["ended"].complete_occurrence(by=by)
    made["abandoned"].abandon(by=by)
    made["trashed"].trash(by=by)
    made["plain"].change(by=ADMIN.account(), tags=[secret.pk])
    ids = {
        "project": project,
        "other": other,
        "section": section,
        "tag": tag,
        "secret": secret,
        "member": MEMBER.account(),
    }
    return {name: row.pk for name, row in (made | ids).items()} | {"team": team.pk}


EVERY = {
    "plain",
    "elsewhere",
    "sectioned",
    "mias",
    "tagged",
    "all_day",
    "timed",
    "recurring",
    "ended",
    "abandoned",
    "single",
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", EVERY),
        ("team={team}", EVERY),
        ("team=0000000000000000", set()),
        ("project={other}", {"elsewhere"}),
        ("project=0000000000000000", set()),
        ("section={section}", {"sectioned"}),
        ("responsible={member}", {"mias"}),
        ("unassigned=false", {"mias"}),
        ("tag={tag}", {"tagged"}),
        ("tag={secret}", set()),
        ("single=true", {"single"}),
        ("single=false", EVERY - {"single"}),
        ("has_due_date=true", {"all_day", "timed", "recurring"}),
        ("has_due_date=false", EVERY - {"all_day", "timed", "recurring"}),
        ("recurring=true", {"recurring"}),
        ("recurring=false", EVERY - {"recurring"}),
        ("ended=true", {"ended"}),
        ("ended=false", EVERY - {"ended"}),
        ("abandoned=true", {"abandoned"}),
        ("ended=false&abandoned=false&project={project}",
         {"plain", "sectioned", "mias", "tagged", "all_day", "timed", "recurring"}),
        ("trashed=true", {"trashed"}),
        # It is half past midnight on the tenth in Warsaw, where she is.
        ("due_after=2027-01-10&due_before=2027-01-11", {"all_day", "timed"}),
        ("due_before=2027-01-10", set()),
        ("due_after=2027-01-11", {"recurring"}),
        ("due_after=0001-01-01&due_before=9999-12-31", {"all_day", "timed", "recurring"}),
        ("changed_since=2999-01-01T00:00:00Z", set()),
        ("changed_since=2020-01-01T00:00:00Z", EVERY),
    ],
)  # fmt: skip
def test_tasks_are_found_by_what_one_asks_for(owner, work, query, expected):
    answer = owner.get(f"tasks?limit=200&{query.format(**work)}")
    assert answer.status_code == 200
    assert {task["name"] for task in answer.json()["results"]} == expected


@pytest.mark.parametrize(
    "query", ["project=x", "trashed=yes", "ended=1", "due_before=soon", "order=name", "colour=red"]
)
def test_what_cannot_be_asked_for_is_refused_by_name(owner, query):
    answer = owner.get(f"tasks?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


def test_pages_in_the_order_people_made_hold_every_task_once(owner, work):
    names = []
    for name in ("recurring", "plain", "timed"):
        owner.put(f"tasks/{work[name]}/position", {"after": None})
    path = f"tasks?order=position&limit=2&project={work['project']}&ended=false&abandoned=false"
    while path:
        page = owner.get(path).json()
        names += [task["name"] for task in page["results"]]
        path = (page["next"] or "").partition("/api/v1/")[2]
    assert [name for name in names if name != "sectioned"] == [
        "timed",
        "plain",
        "recurring",
        "mias",
        "tagged",
        "all_day",
    ]
    assert names.count("sectioned") == 1  # which stands in an order of its own


def test_what_changed_since_is_found_and_nothing_else(owner, work):
    moment = owner.patch(f"tasks/{work['plain']}", {"name": "changed"}).json()["changed_at"]
    found = owner.get(f"tasks?changed_since={moment}").json()["results"]
    assert [task["name"] for task in found] == ["changed"]

"""Bad input about work: a clear 4xx that names the field, and nothing changed."""

from __future__ import annotations

from django.db import transaction

from tasks.models import ChecklistItem, Project, ProjectGroup, Section, Tag, Task
from tests.api.caller import everything
from tests.api.work_cases import world_of_work
from tests.cast import PEOPLE, STRANGER, the_strangers_team, the_team

LONG = "x" * 25_000
INVISIBLE = "\u200b\u202e"
NOT_TEXT = [7, 1.5, True, [], {}, ["x"]]
BAD_TEXT = [None, "", "zero\x00byte", "half \ud800 a pair", LONG, INVISIBLE, *NOT_TEXT]
NOT_AN_ID = ["short", "x" * 17, "ü" * 16, "0" * 15 + "\n", "0" * 15 + "\x00", *NOT_TEXT]
NOT_A_FLAG = ["true", 1, 0, "", None, [], {}]
NOT_A_DAY = [
    "tomorrow",
    7,
    "",
    "2026-02-30",
    "2026-13-01",
    "2026-11-23T10:00:00Z",
    [],
    "99999-01-01",
    "1969-12-31",
    "3000-01-01",
]
NOT_A_MOMENT = [
    "tomorrow",
    7,
    "",
    "2026-02-30T10:00:00Z",
    "3000-01-01T00:00:00Z",
    "99999-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    [],
]
BAD_RULES = ["", "FREQ=NEVER", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=1;UNTIL=20270101",
             "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
             "FREQ=DAILY;COUNT=1", "FREQ=DAILY;UNTIL=20261231", "x" * 201, None, 7]  # fmt: skip
NAMED = [
    ("projects", {"team": "{team}"}, "projects/{open}"),
    ("project-groups", {"team": "{team}"}, "project-groups/{group}"),
    ("sections", {"project": "{open}"}, "sections/{open_section}"),
    ("tags", {"team": "{team}"}, "tags/{tag}"),
    ("tasks", {"project": "{open}"}, "tasks/{open_task}"),
    ("checklist-items", {"task": "{open_task}"}, "checklist-items/{open_item}"),
]


def cases():
    for kind, good, one in NAMED:
        for value in BAD_TEXT:
            yield "POST", kind, good, "name", value
            yield "PATCH", one, {}, "name", value
        for value in [*NOT_AN_ID, f"{{strangers_{kind}}}", None]:
            yield "POST", kind, good | {"name": "N"}, "id", value
        for name in ("position", "trashed_at", "created_at", "Name", "ended_at", "author"):
            yield "PATCH", one, {}, name, "x"
    for value in BAD_TEXT:
        yield "POST", "comments", {"task": "{open_task}"}, "body", value
        yield "PATCH", "comments/{owners_comment}", {}, "body", value
    for value in [*BAD_TEXT, "text", "x" * 21, "two words"]:
        yield "POST", "comments/{open_comment}/reactions", {}, "emoji", value
    task = {"project": "{open}", "name": "N"}
    for method, path, good in (("POST", "tasks", task), ("PATCH", "tasks/{open_task}", {})):
        for value in NOT_A_DAY:
            yield method, path, good, "due_on", value
        for value in NOT_A_MOMENT:
            yield method, path, good, "due_at", value
        for value in [0, -1, 1.5, "5", True, 10**9, [], {}]:
            yield method, path, good, "time_needed_minutes", value
        for value in [*NOT_AN_ID, "{guest}", "{stranger}", "0" * 16]:
            yield method, path, good, "responsible", value
        for value in [*NOT_AN_ID, "{shared_section}", "{private_section}", "0" * 16]:
            yield method, path, good, "section", value
        for value in [None, "x", 7, ["short"], ["0" * 16], ["{members_tag}"], {}]:
            yield method, path, good, "tags", value
        for value in BAD_RULES:
            yield method, path, good | {"due_on": "2027-01-01"}, "recurrence", {"rule": value}
        for value in ("Mars/Olympus", "../../etc/passwd", "", None, 7):
            recurrence = {"rule": "FREQ=DAILY", "time_zone": value}
            yield method, path, good | {"due_on": "2027-01-01"}, "recurrence", recurrence
        for value in ("sometimes", "", None, 1, []):
            recurrence = {"rule": "FREQ=DAILY", "mode": value}
            yield method, path, good | {"due_on": "2027-01-01"}, "recurrence", recurrence
        for value in ({"rule": "FREQ=DAILY"}, {}, "FREQ=DAILY", 7, [], {"rule": "FREQ=DAILY", "x": 1}):
            yield method, path, good, "recurrence", value  # there is no due date, or no rule
    yield "POST", "tasks", {"name": "N"}, "project", None
    yield "POST", "projects", {"team": "{team}", "name": "N"}, "members", ["short"]
    for value in NOT_A_FLAG:
        yield "POST", "projects", {"team": "{team}", "name": "N"}, "is_open", value
        yield "PATCH", "projects/{open}", {}, "is_open", value
        yield "POST", "tags", {"team": "{team}", "name": "N"}, "private", value
        yield "POST", "tasks/changes", {"tasks": ["{open_task}"]}, "set", {"ended": value}
    for value in ("chartreuse", "", None, 7, []):
        yield "PATCH", "projects/{open}", {}, "colour", value
        yield "PATCH", "tags/{tag}", {}, "colour", value
    for value in ("Not Plain", "x" * 41, None, "ü", "<script>", 7):
        yield "PATCH", "tags/{tag}", {}, "icon", value
    for value in [*NOT_AN_ID, "0" * 16]:
        yield "PATCH", "projects/{open}", {}, "group", value
        yield "PUT", "tasks/{open_task}/position", {}, "after", value
        yield "PUT", "projects/{open}/position", {}, "after", value
        yield "PUT", "tasks/{open_task}/priority", {}, "after", value
    for value in [*NOT_AN_ID, None, "0" * 16, "{stranger}"]:
        yield "POST", "projects/{open}/members", {}, "account", value
    for value in (["short"], [], None, "x", ["0" * 16] * 201):
        yield "POST", "tasks/changes", {"set": {"ended": True}}, "tasks", value
    for value in (0, -1, "1", 1.5, None, True, 2**31):
        yield "POST", "tasks/{open_task}/completion", {}, "occurrence", value
    for value in (-1, "5", True, 10**9):
        yield "POST", "me/reminders", {"task": "{open_task}"}, "minutes_before", value
    for value in NOT_A_DAY:
        yield "POST", "me/reminders", {"task": "{open_task}"}, "on", value
    for value in NOT_A_MOMENT:
        yield "POST", "me/reminders", {"task": "{open_task}"}, "at", value
    for value in ("{private}", "{strangers_projects}"):  # as an unknown ID
        yield "PUT", "projects/{open}/position", {}, "after", value
    yield "POST", "me/reminders", {"task": "{open_task}", "on": "2027-01-01"}, "at", "2027-01-01T10:00:00Z"


def fill(value, known):
    if isinstance(value, str):
        return known.get(value[1:-1], value) if value.startswith("{") else value
    if isinstance(value, dict):
        return {name: fill(inner, known) for name, inner in value.items()}
    return [fill(inner, known) for inner in value] if isinstance(value, list) else value


def test_each_field_of_work_says_what_will_not_do(owner, settings):
    settings.API_RATES = {"caller": "1000000/min"}
    accounts = {person.role: person.account() for person in PEOPLE}
    team = the_team()
    known = {role: account.pk for role, account in accounts.items()} | {"team": team.pk}
    known |= world_of_work(team, accounts)
    known["owners_comment"] = owner.post("comments", {"task": known["open_task"], "body": "Mine"}).json()["id"]
    theirs = the_strangers_team()
    known |= world_of_the_stranger(theirs)
    before = everything()
    wrong = []
    for method, path, good, field, value in cases():
        with transaction.atomic():
            answer = owner.ask(method, path.format(**known), fill(good | {field: value}, known))
            fields = {error["field"].partition(".")[0] for error in answer.json().get("errors", ())}
            if answer.status_code != 400 or field not in fields:
                wrong.append((method, path, field, repr(value)[:60], answer.status_code, answer.content[:200]))
            transaction.set_rollback(answer.status_code != 400)
    assert wrong == [], "\n".join(map(str, wrong))
    assert everything() == before


def world_of_the_stranger(team):
    """One of each kind in another team, by `strangers_<kind>`: their IDs are taken."""
    by = STRANGER.account()
    project = Project.objects.make(team, name="Theirs", by=by)
    task = Task.objects.make(project, name="Theirs", by=by)
    rows = {
        "projects": project,
        "project-groups": ProjectGroup.objects.make(team, name="Theirs", by=by),
        "sections": Section.objects.make(project, name="Theirs", by=by),
        "tags": Tag.objects.make(team, name="Theirs", by=by),
        "tasks": task,
        "checklist-items": ChecklistItem.objects.make(task, name="Theirs", by=by),
    }
    return {f"strangers_{kind}": row.pk for kind, row in rows.items()}

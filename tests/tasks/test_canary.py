"""What people type stands in clear nowhere: a canary in every column of content, put there by every way in."""

from __future__ import annotations

import base64
import logging

import pytest
from django.apps import apps
from django.core.cache import cache

from nozbe.api.models import StoredAnswer
from nozbe.encryption.sealing import sealed_fields
from tests.cast import GUEST, MEMBER
from tests.tasks.dump import whole_database

CANARY = "canary bird"
EMOJI = "🐤"
CONTENT = {
    "tasks.ChecklistItem": {"name"},
    "tasks.Comment": {"body"},
    "tasks.Project": {"name"},
    "tasks.ProjectGroup": {"name"},
    "tasks.Reaction": {"emoji"},
    "tasks.Section": {"name"},
    "tasks.Tag": {"name"},
    "tasks.Task": {"name"},
}


def forms(text: str) -> list[str]:
    """As it would stand in a text, in bytes shown by PostgreSQL, and in base64."""
    plain = text.encode()
    return [
        text,
        plain.hex(),
        base64.b64encode(plain).decode().rstrip("=")[:-2],
        text.encode("unicode_escape").decode(),
    ]


def test_the_columns_of_content_are_these():
    """A text that somebody types belongs here, or into the list of what is none."""
    no_content = {"colour", "icon", "id", "position", "recurrence_rule", "recurrence_mode", "recurrence_time_zone"}
    for model in apps.get_app_config("tasks").get_models():
        sealed = {field.name for field in sealed_fields(model)}
        assert sealed == CONTENT.get(model._meta.label, set()), model
        plain = {field.name for field in model._meta.concrete_fields if field.get_internal_type() == "CharField"}
        assert plain <= no_content, model


def done(answer, *statuses):
    assert answer.status_code in (statuses or (200, 201)), answer.content
    return answer.json()


@pytest.fixture
def used(owner, guest, team, settings):
    """Everything typed once, by creating and by changing, with keys against doing it twice."""
    settings.API_RATES = {"caller": "1000000/min"}
    number = iter(range(1000))

    def make(path, **body):
        key = {"Idempotency_Key": f"key-{next(number)}"}
        first = done(owner.post(path, body, **key))
        assert owner.post(path, body, **key)["Idempotency-Replayed"] == "true"
        return first["id"]

    group = make("project-groups", team=team, name=CANARY)
    project = make("projects", team=team, name=CANARY, group=group, members=[GUEST.account().pk])
    section = make("sections", project=project, name=CANARY)
    tag = make("tags", team=team, name=CANARY)
    due = {"due_on": "2027-01-01", "recurrence": {"rule": "FREQ=DAILY"}}
    task = make("tasks", project=project, section=section, name=CANARY, tags=[tag], **due)
    single = make("tasks", team=team, name=CANARY)
    comment = make("comments", task=task, body=f"**{CANARY}**\n\n- {CANARY}")
    item = make("checklist-items", task=task, comment=comment, name=CANARY)
    make(f"comments/{comment}/reactions", emoji=EMOJI)
    named = {"projects": project, "sections": section, "tags": tag, "tasks": task, "project-groups": group}
    for kind, pk in (named | {"checklist-items": item}).items():
        done(owner.patch(f"{kind}/{pk}", {"name": f"another {CANARY}"}))
    done(owner.patch(f"comments/{comment}", {"body": f"another {CANARY}"}))
    change = {"tasks": [task, single], "set": {"responsible": None, "ended": True, "due_on": "2027-02-01"}}
    assert owner.post("tasks/changes", change, Idempotency_Key="bulk").status_code == 200
    for q in (CANARY, "another"):
        found = done(owner.post(f"teams/{team}/search", {"q": q}, Idempotency_Key=q.replace(" ", "-")))
        assert len(found["results"]) >= 6
    done(owner.delete(f"tasks/{single}/completion"))
    done(owner.post(f"tasks/{single}/trash"))
    for path in ("trash", "activity"):
        done(owner.get(f"teams/{team}/{path}"))
    done(guest.post("comments", {"task": task, "body": CANARY}))
    bad = {"project": project, "name": CANARY, "colour": CANARY}
    assert owner.post("tasks", bad).status_code == 400
    assert owner.post("tasks", {"project": project, "name": CANARY * 200}).status_code == 400
    return task


def test_the_canary_is_nowhere_in_clear(caplog, capfd, request, owner, team):
    with caplog.at_level(logging.DEBUG):
        request.getfixturevalue("used")
    rows = whole_database()
    said = caplog.text + "".join(capfd.readouterr())
    assert StoredAnswer.objects.count() >= 10
    for text in (CANARY, EMOJI):
        for form in forms(text):
            assert form not in rows, form
            assert form not in said, form


def test_the_canary_would_be_found_if_it_stood_there(used):
    account = MEMBER.account()
    account.name = f"{CANARY} {EMOJI}"
    account.save(update_fields=["name"])
    rows = whole_database()
    assert all(any(form in rows for form in forms(text)) for text in (CANARY, EMOJI))
    assert team_ids() & set(rows.split('"'))


def team_ids() -> set[str]:
    return set(apps.get_model("accounts", "Team").objects.values_list("pk", flat=True))


def test_no_cache_holds_the_canary(used):
    client = cache._cache.get_client()
    kept = [client.get(key) or b"" for key in client.scan_iter() if client.type(key) == b"string"]
    assert kept, "what limits requests is kept, or this test could not fail"
    for text in (CANARY, EMOJI):
        assert not any(form.encode() in value for form in forms(text) for value in kept)

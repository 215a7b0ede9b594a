"""Whoever says by If-Match which state they change, changes no other, by whatever request."""

from __future__ import annotations

import pytest

from nozbe.api.schema import description
from tests.api.caller import everything
from tests.cast import MEMBER
from tests.tasks.busy import busy_project, done, made
from tests.tasks.test_completing import daily

THINGS = {
    "projects": "project",
    "project-groups": "group",
    "sections": "section",
    "tags": "tag",
    "tasks": "task",
    "comments": "comment",
    "checklist-items": "item",
}
WITHOUT = {"POST projects/members", "POST comments/reactions"}
"""What adds to a thing, and changes nothing of it."""


def single(path: str) -> list[str]:
    """Of `/api/v1/tasks/{id}/position`: tasks, position; nothing for what is about no single thing of work."""
    kind, *rest = path.removeprefix("/api/v1/").split("/")
    return [kind, *rest[1:]] if kind in THINGS and rest[:1] == ["{id}"] else []


REQUESTS = sorted(
    f"{method.upper()} {'/'.join(parts)}"
    for path, methods in description()["paths"].items()
    for method in methods
    if method != "get" and (parts := single(path))
)


@pytest.fixture
def busy(db) -> dict[str, str]:
    return busy_project()


def request(what: str, busy: dict[str, str]) -> tuple[str, str, str, object]:
    """Method, address, the thing's address, body."""
    method, _space, path = what.partition(" ")
    kind, *rest = path.split("/")
    thing = f"{kind}/{busy[THINGS[kind]]}"
    address = "/".join([thing, *rest]).format(reaction=busy["owners_reaction"], account=MEMBER.account().pk)
    body = {"PUT": {"after": None}, "PATCH": {"body" if kind == "comments" else "name": "Other"}}.get(method)
    return method, address, thing, body


def test_every_request_that_changes_one_thing_heeds_if_match():
    """A new one fails here until it does, through `Kind.heed_precondition`, and says so with
    `conditional`."""
    heeding = {
        f"{method.upper()} {'/'.join(single(path))}"
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
        if single(path) and "If-Match" in {parameter["name"] for parameter in operation.get("parameters", [])}
    }
    assert set(REQUESTS) - heeding == WITHOUT
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            if single(path) and f"{method.upper()} {'/'.join(single(path))}" in heeding:
                assert "412" in operation["responses"]


@pytest.mark.parametrize("stale", ['"0123"', "nonsense", ""])
def test_no_thing_is_changed_that_was_changed_meanwhile(owner, member, busy, stale):
    before = everything()
    for what in sorted({*REQUESTS} - WITHOUT):
        method, address, _thing, body = request(what, busy)
        caller = member if what == "PATCH comments" else owner  # who wrote it
        answer = caller.ask(method, address, body, If_Match=stale)
        assert (what, answer.status_code, answer.json()["code"]) == (what, 412, "changed_meanwhile")
    assert everything() == before


@pytest.mark.parametrize("what", sorted({*REQUESTS} - WITHOUT))
def test_a_thing_is_changed_as_it_was_seen(owner, member, busy, what):
    method, address, thing, body = request(what, busy)
    caller = member if what == "PATCH comments" else owner
    tag = caller.get(thing)["ETag"]
    assert caller.ask(method, address, body, If_Match=tag).status_code in (200, 204)


def test_of_two_who_put_the_same_task_away_the_second_is_told(owner, member, busy):
    tag = owner.get(f"tasks/{busy['loose']}")["ETag"]
    done(member.patch(f"tasks/{busy['loose']}", {"name": "Still needed"}))
    assert owner.post(f"tasks/{busy['loose']}/trash", If_Match=tag).status_code == 412
    assert done(owner.get(f"tasks/{busy['loose']}"))["trashed_at"] is None


def test_a_copy_is_reopened_as_it_was_seen(owner, busy):
    task = daily(owner, busy["project"])
    copy = made(owner.post(f"tasks/{task}/completion"))
    before = everything()
    assert owner.delete(f"tasks/{copy}/completion", If_Match='"0123"').status_code == 412
    assert everything() == before
    tag = owner.get(f"tasks/{copy}")["ETag"]
    assert made(owner.delete(f"tasks/{copy}/completion", If_Match=tag)) == task


def test_what_one_does_not_see_is_not_found_whatever_state_one_names(guest, busy):
    for what in sorted({*REQUESTS} - WITHOUT):
        method, address, _thing, body = request(what, busy | {"task": busy["other_project"]})
        if what.split()[1].startswith("tasks"):
            assert guest.ask(method, address, body, If_Match='"0123"').status_code == 404

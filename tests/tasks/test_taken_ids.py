"""IDs that follow from something else may be taken beforehand: that stops nobody, and leads nobody astray."""

from __future__ import annotations

import pytest

from accounts.models import Membership
from tasks.derived_ids import derived_id
from tests.cast import OWNER, STRANGER, the_strangers_team
from tests.tasks.busy import done, made


@pytest.mark.parametrize("whose", ["of the team", "of another team"])
def test_a_copy_goes_past_an_id_that_is_taken(owner, stranger, team, whose):
    again = {"due_on": "2031-03-01", "recurrence": {"rule": "FREQ=DAILY"}}
    task = made(owner.post("tasks", {"team": team, "name": "T"} | again))
    item = made(owner.post("checklist-items", {"task": task, "name": "Item"}))
    taker, where = (owner, team) if whose == "of the team" else (stranger, the_strangers_team().pk)
    theirs = made(taker.post("tasks", {"id": derived_id("occurrence", task, "1"), "team": where, "name": "Taken"}))
    made(taker.post("checklist-items", {"id": derived_id("item", item, "2"), "task": theirs, "name": "Taken"}))
    copy = done(owner.post(f"tasks/{task}/completion"))
    assert (copy["id"], copy["series"], copy["occurrence"]) == (derived_id("occurrence", task, "2"), task, 2)
    items = done(owner.get(f"checklist-items?task={copy['id']}"))["results"]
    assert [each["name"] for each in items] == ["Item"]
    live = done(owner.get(f"tasks/{task}"))
    assert (live["due_on"], live["occurrence"]) == ("2031-03-02", 3)
    assert done(owner.delete(f"tasks/{copy['id']}/completion"))["due_on"] == "2031-03-01"
    assert done(taker.get(f"tasks/{theirs}"))["name"] == "Taken"


def test_single_tasks_are_never_in_a_project_that_took_their_id(owner, stranger, team):
    membership = Membership.objects.get(account=OWNER.account(), team=team)
    body = {"id": derived_id("single", membership.pk), "team": the_strangers_team().pk, "name": "Taken"}
    theirs = made(stranger.post("projects", body))
    task = done(owner.post("tasks", {"team": team, "name": "Mine"}))
    again = done(owner.post("tasks", {"team": team, "name": "Mine, too"}))
    assert task["project"] == again["project"] != theirs
    assert stranger.get(f"tasks/{task['id']}").status_code == 404
    assert STRANGER.account().pk not in str(done(owner.get(f"projects/{task['project']}/members")))

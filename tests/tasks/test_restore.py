"""The trash takes along all that hangs on an entry, and restoring brings back exactly that."""

from __future__ import annotations

import pytest

from tests.api.caller import everything
from tests.tasks.busy import busy_project, done, made
from tests.tasks.kept import Rows, ids, seen, stored

ENTRIES = {
    "task": "tasks",
    "section": "sections",
    "project": "projects",
    "comment": "comments",
    "ticked": "checklist-items",
    "item_in_comment": "checklist-items",
    "tag": "tags",
    "private_tag": "tags",
    "group": "project-groups",
}


@pytest.fixture
def busy(db) -> dict[str, str]:
    return busy_project()


def test_restoring_brings_back_exactly_what_was_thrown_away(owner, admin, member, guest, busy):
    """All in turn, as everybody is told, and as it is stored; and throwing away writes the entry's row alone."""
    changed = tuple(busy[name] for name in ENTRIES)
    rows, views = stored(), [seen(caller, changed=changed) for caller in (member, owner, admin, guest)]
    for name, path in ENTRIES.items():
        address = f"{path}/{busy[name]}/trash"
        assert done(member.post(address))["trashed_at"] is not None
        assert without_the_entry(stored(), busy[name]) == without_the_entry(rows, busy[name])
        assert ids(member, path, "trashed=true") >= {busy[name]}
        assert done(member.delete(address))["trashed_at"] is None
        assert stored() == rows, name
        if name in ("task", "section", "project"):
            assert seen(member, changed=changed) == views[0], name
    assert [seen(caller, changed=changed) for caller in (member, owner, admin, guest)] == views


def without_the_entry(rows: Rows, entry: str) -> Rows:
    return {table: {pk: row for pk, row in of.items() if pk != entry} for table, of in rows.items()}


def test_doing_it_twice_does_it_once(member, busy):
    for name, path in ENTRIES.items():
        address = f"{path}/{busy[name]}/trash"
        before = len(everything()["audit.event"])
        done(member.post(address))
        trashed = everything()
        assert done(member.post(address))["trashed_at"] is not None
        assert everything() == trashed, name
        assert done(member.delete(address))["trashed_at"] is None
        restored = everything()
        assert done(member.delete(address))["trashed_at"] is None
        assert everything() == restored, name
        assert len(restored["audit.event"]) == before + 2


def test_what_was_thrown_away_before_stays_an_entry_of_its_own(owner, busy):
    for path in ("comments/{comment}", "tasks/{task}", "sections/{section}"):
        done(owner.post(f"{path.format(**busy)}/trash"))
    since = done(owner.get(f"tasks/{busy['task']}"))["trashed_at"]
    done(owner.post(f"projects/{busy['project']}/trash"))
    done(owner.delete(f"projects/{busy['project']}/trash"))
    assert ids(owner, "sections", "trashed=true") == {busy["section"]}
    assert ids(owner, "tasks", "trashed=true") == {busy["task"], busy["neighbour"]}
    done(owner.delete(f"sections/{busy['section']}/trash"))
    assert ids(owner, "tasks", "trashed=true") == {busy["task"]}
    assert done(owner.get(f"tasks/{busy['task']}"))["trashed_at"] >= since
    assert busy["neighbour"] in ids(owner, "tasks")
    done(owner.delete(f"tasks/{busy['task']}/trash"))
    assert ids(owner, "comments", "trashed=true") == {busy["comment"]}
    assert ids(owner, "checklist-items", "trashed=true") == {busy["item_in_comment"], busy["ticked_in_comment"]}
    assert ids(owner, "comments") == {busy["plain_comment"]}
    done(owner.delete(f"comments/{busy['comment']}/trash"))
    assert ids(owner, "comments", "trashed=true") == set()


CHAINS = [
    ("project", "section"),
    ("project", "task"),
    ("section", "task"),
    ("project", "comment"),
    ("task", "comment"),
    ("task", "ticked"),
    ("comment", "item_in_comment"),
    ("section", "item_in_comment"),
]


@pytest.mark.parametrize("itself", [True, False], ids=["thrown away itself", "taken along"])
def test_nothing_is_restored_into_the_trash(owner, busy, itself):
    for parent, child in CHAINS:
        above, address = f"{ENTRIES[parent]}/{busy[parent]}/trash", f"{ENTRIES[child]}/{busy[child]}/trash"
        if itself:
            done(owner.post(address))
        done(owner.post(above))
        before = everything()
        answer = owner.delete(address)
        assert (answer.status_code, answer.json()["code"]) == (409, "in_trash"), (parent, child)
        assert everything() == before
        done(owner.delete(above))
        done(owner.delete(address))


def test_a_project_in_the_trash_is_nowhere_but_in_the_trash(owner, member, guest, busy):
    inside = {
        "projects": {busy["project"]},
        "sections": {busy["section"], busy["other_section"]},
        "tasks": {busy[name] for name in ("task", "neighbour", "ended", "loose")},
        "comments": {busy["comment"], busy["plain_comment"]},
        "checklist-items": {busy[n] for n in ("item", "ticked", "moved", "item_in_comment", "ticked_in_comment")},
    }
    for path, wanted in inside.items():
        assert wanted <= ids(owner, path)
    assert ids(owner, "me/priority") == {busy["task"]}
    assert len(ids(member, "me/reminders")) == 3
    done(owner.post(f"projects/{busy['project']}/trash"))
    for caller in (owner, member, guest):
        for path, gone in inside.items():
            assert not gone & ids(caller, path)
            assert ids(caller, path, "trashed=true") == gone
        assert ids(caller, "me/priority") == ids(caller, "me/reminders") == set()
    assert ids(owner, "projects", f"group={busy['group']}") == set()
    assert ids(owner, "tasks", f"tag={busy['tag']}") == set()


def test_what_is_in_the_trash_is_not_counted(owner, busy):
    address = f"projects/{busy['project']}"
    assert done(owner.get(address))["open_tasks"] == 3
    for path, left in (("tasks/{task}", 2), ("sections/{section}", 1), ("tasks/{ended}", 3), ("comments/{comment}", 3)):
        entry = f"{path.format(**busy)}/trash"
        done(owner.post(entry))
        assert done(owner.get(address))["open_tasks"] == left, path
        done(owner.delete(entry))


def test_a_task_in_the_trash_is_no_priority_and_reminds_nobody(owner, member, busy):
    done(owner.post(f"tasks/{busy['task']}/trash"))
    for caller in (owner, member):
        assert ids(caller, "me/priority") == ids(caller, "me/reminders") == set()


def test_a_tag_in_the_trash_is_on_no_task(owner, member, busy):
    done(owner.post(f"tags/{busy['tag']}/trash"))
    assert done(member.get(f"tasks/{busy['task']}"))["tags"] == [busy["other_tag"], busy["private_tag"]]
    assert done(owner.get(f"tasks/{busy['neighbour']}"))["tags"] == []
    assert ids(owner, "tasks", f"tag={busy['tag']}") == set()


def test_a_tag_comes_back_on_all_its_tasks_also_where_others_were_set_meanwhile(owner, busy):
    """Whoever sets a task's tags names all that they see of them, and one in the trash they do not see."""
    done(owner.post(f"tags/{busy['tag']}/trash"))
    done(owner.patch(f"tasks/{busy['task']}", {"tags": []}))
    done(owner.patch(f"tasks/{busy['neighbour']}", {"tags": [busy["other_tag"]]}))
    done(owner.delete(f"tags/{busy['tag']}/trash"))
    assert done(owner.get(f"tasks/{busy['task']}"))["tags"] == [busy["tag"]]
    assert done(owner.get(f"tasks/{busy['neighbour']}"))["tags"] == [busy["tag"], busy["other_tag"]]


def test_a_tag_in_the_trash_is_put_on_nothing(owner, busy):
    done(owner.post(f"tags/{busy['tag']}/trash"))
    before = everything()
    assert owner.patch(f"tasks/{busy['loose']}", {"tags": [busy["tag"]]}).status_code == 400
    assert (
        owner.post("tasks/changes", {"tasks": [busy["loose"]], "set": {"add_tags": [busy["tag"]]}}).status_code == 400
    )
    assert everything() == before


def test_projects_stay_when_their_group_is_in_the_trash(owner, member, busy):
    done(owner.post(f"project-groups/{busy['group']}/trash"))
    assert done(member.get(f"projects/{busy['project']}"))["group"] is None
    assert ids(member, "projects", f"group={busy['group']}") == set()
    changed = done(owner.patch(f"projects/{busy['project']}", {"name": "Renamed", "colour": "red"}))
    assert (changed["name"], changed["group"]) == ("Renamed", None)
    done(owner.delete(f"project-groups/{busy['group']}/trash"))
    assert done(member.get(f"projects/{busy['project']}"))["group"] == busy["group"]


def test_nothing_is_put_into_a_section_or_a_group_in_the_trash(owner, team, busy):
    done(owner.post(f"sections/{busy['section']}/trash"))
    done(owner.post(f"project-groups/{busy['group']}/trash"))
    before = everything()
    section, task = {"section": busy["section"]}, f"tasks/{busy['loose']}"
    for answer in (
        owner.patch(task, section),
        owner.put(f"{task}/position", section | {"after": None}),
        owner.post("tasks", {"project": busy["project"], "name": "New"} | section),
        owner.post("tasks/changes", {"tasks": [busy["loose"]], "set": section}),
        owner.patch(f"projects/{busy['other_project']}", {"group": busy["group"]}),
        owner.post("projects", {"team": team, "name": "New", "group": busy["group"]}),
    ):
        assert answer.status_code == 400
        assert [error["code"] for error in answer.json()["errors"]] == ["unknown"]
    assert everything() == before


def test_many_tasks_are_thrown_away_and_restored_at_once(owner, busy):
    tasks = [busy["task"], busy["neighbour"], busy["ended"]]
    rows = stored()
    for trashed in (True, True, False, False):
        answer = owner.post("tasks/changes", {"tasks": tasks, "set": {"trashed": trashed}})
        assert {row["id"] for row in done(answer)["results"]} == set(tasks)
        assert set(tasks) & ids(owner, "tasks", f"trashed={str(trashed).lower()}") == set(tasks)
    assert stored() == rows


def test_of_many_tasks_none_is_restored_when_one_cannot_be(owner, busy):
    for path in (f"tasks/{busy['task']}", f"tasks/{busy['loose']}", f"sections/{busy['section']}"):
        done(owner.post(f"{path}/trash"))
    before = everything()
    change = {"tasks": [busy["task"], busy["loose"]], "set": {"trashed": False}}
    assert owner.post("tasks/changes", change).status_code == 409
    assert everything() == before


def test_a_task_made_in_the_trash_is_refused_and_one_beside_it_is_made(owner, busy):
    done(owner.post(f"projects/{busy['project']}/trash"))
    before = everything()
    assert owner.post("tasks", {"project": busy["project"], "name": "New"}).status_code == 409
    assert everything() == before
    assert made(owner.post("tasks", {"project": busy["other_project"], "name": "New"}))

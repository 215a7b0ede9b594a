"""What one may not see does not exist: not in an answer, not in a refusal, not in a place or a count."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.models import Membership, Role
from nozbe.audit.models import Event
from tasks import activity
from tasks.models import Priority, ProjectMember
from tests.api.caller import everything
from tests.cast import GUEST, MEMBER, OWNER, the_team
from tests.tasks.busy import done, made
from tests.tasks.kept import ids, listed
from tests.tasks.test_completing import daily

UNKNOWN = "0000000000000000"


@pytest.fixture
def project(owner, team) -> str:
    return made(owner.post("projects", {"team": team, "name": "Project"}))


@pytest.fixture
def hidden(owner, team) -> str:
    """A project that OWNER alone sees."""
    return made(owner.post("projects", {"team": team, "name": "Hidden", "is_open": False}))


def told_alike(one, other) -> None:
    assert one.status_code == other.status_code
    assert one.content == other.content


def places_in(address: str) -> list:
    """What the `next` of a page says, opened."""
    [place] = parse_qs(urlsplit(address).query)["after"]
    return json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))


def test_a_copy_does_not_name_a_task_that_moved_out_of_sight(owner, member, project, hidden):
    task = daily(owner, project)
    copy = made(owner.post(f"tasks/{task}/completion"))
    assert done(member.get(f"tasks/{copy}"))["series"] == task
    done(owner.patch(f"tasks/{task}", {"project": hidden}))
    seen = [done(member.get(f"tasks/{copy}")), *listed(member, "tasks"), done(member.patch(f"tasks/{copy}", {}))]
    assert [row["series"] for row in seen] == [None] * 3
    assert done(owner.get(f"tasks/{copy}"))["series"] == task


@pytest.mark.parametrize("many", [False, True])
def test_a_copy_of_a_task_out_of_sight_is_reopened_like_any_other(owner, member, project, hidden, many):
    task = daily(owner, project)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.patch(f"tasks/{task}", {"project": hidden}))
    before = done(owner.get(f"tasks/{task}"))
    if many:
        answer = done(member.post("tasks/changes", {"tasks": [copy], "set": {"ended": False}}))
        [opened] = answer["results"]
    else:
        opened = done(member.delete(f"tasks/{copy}/completion"))
    assert (opened["id"], opened["series"], opened["ended_at"]) == (copy, None, None)
    assert done(owner.get(f"tasks/{task}")) == before


def test_a_later_copy_out_of_sight_keeps_nobody_from_reopening(owner, member, project, hidden):
    task = daily(owner, project)
    copies = [made(owner.post(f"tasks/{task}/completion")) for _ in range(2)]
    done(owner.patch(f"tasks/{copies[1]}", {"project": hidden}))
    assert owner.delete(f"tasks/{copies[0]}/completion").status_code == 409
    assert made(member.delete(f"tasks/{copies[0]}/completion")) == task


def test_the_number_of_a_copy_out_of_sight_is_refused_like_an_unknown_one(owner, member, project, hidden):
    task = daily(owner, project)
    copy = made(owner.post(f"tasks/{task}/completion"))
    done(owner.patch(f"tasks/{copy}", {"project": hidden}))
    before = everything()
    address = f"tasks/{task}/completion"
    told_alike(member.post(address, {"occurrence": 1}), member.post(address, {"occurrence": 99}))
    assert everything() == before
    assert made(owner.post(address, {"occurrence": 1})) == copy


def test_no_star_is_put_behind_that_of_a_task_out_of_sight(owner, member, project, hidden):
    tasks = [made(owner.post("tasks", {"project": project, "name": name})) for name in "AB"]
    for task in tasks:
        done(member.post(f"tasks/{task}/priority"))
    done(owner.patch(f"tasks/{tasks[0]}", {"project": hidden}))
    before = everything()
    row = Priority.objects.get(task=tasks[0], membership__account=MEMBER.account())
    unknown = member.put(f"tasks/{tasks[1]}/priority", {"after": UNKNOWN})
    assert unknown.status_code == 400
    for after in (tasks[0], row.pk):
        told_alike(member.put(f"tasks/{tasks[1]}/priority", {"after": after}), unknown)
    assert everything() == before


def test_a_star_is_put_behind_a_task_and_not_behind_a_row(owner, project):
    tasks = [made(owner.post("tasks", {"project": project, "name": name})) for name in "AB"]
    for task in tasks:
        done(owner.post(f"tasks/{task}/priority"))
    row = Priority.objects.get(task=tasks[1])
    assert owner.put(f"tasks/{tasks[0]}/priority", {"after": row.pk}).status_code == 400
    done(owner.put(f"tasks/{tasks[0]}/priority", {"after": tasks[1]}))
    assert [task["id"] for task in listed(owner, "me/priority")] == tasks[::-1]


def test_pages_tell_ids_of_what_they_list_and_of_no_rows(owner, team, project, hidden):
    for name in "AB":
        done(owner.post(f"tasks/{made(owner.post('tasks', {'project': project, 'name': name}))}/priority"))
    done(owner.post(f"projects/{project}/members", {"account": GUEST.account().pk}))
    kept = {row.pk for rows in (Priority, Membership, ProjectMember) for row in rows.objects.all()}
    for path in ("me/priority", f"teams/{team}/members", f"projects/{project}/members"):
        whole = [row.get("id", row.get("account")) for row in listed(owner, path)]
        got, following = [], f"{path}?limit=1"
        while following:
            page = done(owner.get(following))
            got += [row.get("id", row.get("account")) for row in page["results"]]
            if page["next"]:
                place, identity = places_in(page["next"])
                assert identity == got[-1]
                assert not {place, identity} & kept
            following = page["next"] and page["next"].partition("/api/v1/")[2]
        assert got == whole
        assert len(got) > 1


def test_no_place_is_left_for_projects_that_one_does_not_see(owner, member, team):
    names = [made(owner.post("projects", {"team": team, "name": "Hidden", "is_open": False})) for _ in range(5)]
    first = done(member.post("projects", {"team": team, "name": "First"}))
    assert first["position"].startswith("a0")
    second = done(member.post("projects", {"team": team, "name": "Second"}))
    for name in names:
        done(owner.put(f"projects/{name}/position", {"after": first["id"]}))
    moved = done(member.put(f"projects/{second['id']}/position", {"after": first["id"]}))
    assert moved["position"].startswith("a1")
    unknown = member.put(f"projects/{second['id']}/position", {"after": UNKNOWN})
    told_alike(member.put(f"projects/{second['id']}/position", {"after": names[0]}), unknown)


@pytest.mark.parametrize("what", ["project", "task"])
def test_much_that_happened_out_of_sight_is_told_like_nothing(owner, member, team, hidden, what, monkeypatch):
    monkeypatch.setattr(activity, "CHUNK", 2)
    monkeypatch.setattr(activity, "MOST_READ", 4)
    task = made(owner.post("tasks", {"project": hidden, "name": "Task"}))
    for number in range(12):
        done(owner.patch(f"tasks/{task}", {"name": f"{number}"}))
    known = {"project": hidden, "task": task}[what]
    path = f"teams/{team}/activity?{what}="
    told_alike(member.get(path + known), member.get(path + UNKNOWN))
    assert done(owner.get(path + known))["results"]


@pytest.mark.parametrize("many", [False, True])
def test_a_private_tag_leaves_no_trace_that_others_see(owner, member, team, project, many):
    task = made(owner.post("tasks", {"project": project, "name": "Task"}))
    mine = made(owner.post("tags", {"team": team, "name": "mine", "private": True}))
    everybodys = made(owner.post("tags", {"team": team, "name": "everybody's"}))

    def tag(*tags: str, no_more: tuple[str, ...] = ()) -> None:
        if many:
            change = {"add_tags": list(tags), "remove_tags": list(no_more)}
            done(owner.post("tasks/changes", {"tasks": [task], "set": change}))
        else:
            done(owner.patch(f"tasks/{task}", {"tags": list(tags)}))

    def told() -> list[str]:
        return [event["verb"] for event in done(member.get(f"teams/{team}/activity?task={task}"))["results"]]

    before = done(member.get(f"tasks/{task}"))
    tag(mine)
    assert done(owner.get(f"tasks/{task}"))["tags"] == [mine]
    tag(no_more=(mine,))
    assert done(owner.get(f"tasks/{task}"))["tags"] == []
    assert told() == ["task.made"]
    assert done(member.get(f"tasks/{task}")) == before
    tag(mine, everybodys)
    assert told() == ["task.changed", "task.made"]
    assert Event.objects.filter(object=task, verb="task.changed").count() == 1


@pytest.mark.parametrize("change", [{"name": "Other"}, {"recurrence": None}, {"recurrence": {"rule": "FREQ=DAILY"}}])
def test_a_change_beside_a_private_tag_is_told(owner, member, team, project, change):
    task = daily(owner, project, rule="FREQ=WEEKLY")
    mine = made(owner.post("tags", {"team": team, "name": "mine", "private": True}))
    done(owner.patch(f"tasks/{task}", change | {"tags": [mine]}))
    events = done(member.get(f"teams/{team}/activity?task={task}"))["results"]
    assert [event["verb"] for event in events] == ["task.changed", "task.made"]


def test_a_guest_changes_no_reminders_from_before_they_were_one(owner, member, team, project):
    task = made(owner.post("tasks", {"project": project, "name": "Task"}))
    done(owner.post(f"projects/{project}/members", {"account": MEMBER.account().pk}))
    reminder = made(member.post("me/reminders", {"task": task, "on": "2031-05-01"}))
    the_team().change_role(MEMBER.account().pk, Role.GUEST, by=OWNER.account())
    before = everything()
    for answer in (
        member.patch(f"me/reminders/{reminder}", {"on": "2031-05-02"}),
        member.delete(f"me/reminders/{reminder}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert everything() == before


def test_a_guest_is_not_told_of_a_group_that_they_do_not_see(owner, guest, team):
    group = made(owner.post("project-groups", {"team": team, "name": "Group"}))
    project = made(owner.post("projects", {"team": team, "name": "Shared", "group": group}))
    done(owner.post(f"projects/{project}/members", {"account": GUEST.account().pk}))
    assert done(guest.get(f"projects/{project}"))["group"] == group
    done(owner.post(f"projects/{project}/trash"))
    assert guest.get(f"project-groups/{group}").status_code == 404
    assert done(guest.get(f"projects/{project}"))["group"] is None
    assert [row["group"] for row in listed(guest, "projects", "trashed=true")] == [None]
    assert ids(guest, "projects", f"trashed=true&group={group}") == set()
    assert ids(owner, "projects", f"trashed=true&group={group}") == {project}


def test_a_group_in_the_trash_is_named_to_nobody(owner, team):
    group = made(owner.post("project-groups", {"team": team, "name": "Group"}))
    project = made(owner.post("projects", {"team": team, "name": "Project", "group": group}))
    done(owner.post(f"project-groups/{group}/trash"))
    assert done(owner.get(f"projects/{project}"))["group"] is None
    assert ids(owner, "projects", f"group={group}") == set()

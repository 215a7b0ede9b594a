"""Whatever changes what somebody may see: after the next pull, their device shows just what a new one would."""

from __future__ import annotations

import pytest

from accounts.models import Membership, Role
from tasks.models import Comment, Project, Section, Tag, Task
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, new_team, the_strangers_team, the_team
from tests.sync.clients import create, update

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sync")]


class World:
    """A team with an open, a private and a shared project, each with all kinds of things in it; and clients of all."""

    def __init__(self, devices) -> None:
        self.devices = devices
        self.team = the_team()
        the_strangers_team()
        self.by = OWNER.account()
        new_team("A second home", owner=MEMBER.account())  # so that nobody who is removed loses their account
        new_team("Another", owner=GUEST.account())
        self.tag = Tag.objects.make(self.team, by=self.by, name="tag")
        self.open = self.project("open")
        self.private = self.project("private", is_open=False)
        self.shared = self.project("shared", members=(GUEST.account().pk,))
        Project.objects.single_tasks_of(self.team.pk, by=MEMBER.account())
        self.clients = {person: devices.open(person) for person in (OWNER, ADMIN, MEMBER, GUEST, STRANGER)}

    def project(self, name: str, **given) -> Project:
        project = Project.objects.make(self.team, by=self.by, name=name, **given)
        project.section = Section.objects.make(project, by=self.by, name=f"{name}: section")
        project.task = self.task(project)
        return project

    def task(self, project: Project) -> Task:
        task = Task.objects.make(project, by=self.by, name=f"{project.pk}: task", tags=[self.tag.pk])
        Comment.objects.make(task, by=self.by, body="said").react("👍", by=self.by)
        self.ask("POST", "checklist-items", {"task": task.pk, "name": "item"})
        return task

    def ask(self, method: str, path: str, body=None, *, person=OWNER, status: int = 0) -> None:
        answer = Caller(person.account()).ask(method, path, body)
        assert answer.status_code == status or (not status and answer.status_code < 300), answer.content

    def check(self) -> None:
        self.devices.all_show_what_is_there()

    def sees(self, person, project: Project) -> bool:
        """What their device shows, all parts of it or none."""
        tables = self.clients[person].dump().tables
        task = project.task.pk
        parts = [
            project.pk in tables["projects"],
            task in tables["tasks"],
            any(row["task_id"] == task for row in tables["comments"].values()),
            any(row["task_id"] == task for row in tables["checklist_items"].values()),
            any(row["task_id"] == task for row in tables["task_tags"].values()),
        ]
        assert len(set(parts)) == 1, parts
        return parts[0]


@pytest.fixture
def world(devices) -> World:
    return World(devices)


def test_everybody_begins_with_what_they_may_see(world):
    world.check()
    seen = {(person.role, name) for person in world.clients for name in ("open", "private", "shared")
            if world.sees(person, getattr(world, name))}  # fmt: skip
    assert seen == {
        ("owner", "open"), ("owner", "private"), ("owner", "shared"), ("admin", "open"), ("admin", "shared"),
        ("member", "open"), ("member", "shared"), ("guest", "shared"),
    }  # fmt: skip


def test_a_membership_is_taken_away_and_given_again(world):
    world.ask("DELETE", f"teams/{world.team.pk}/members/{MEMBER.account().pk}")
    world.check()
    assert not world.sees(MEMBER, world.open)
    Membership.objects.create(team=world.team, account=MEMBER.account(), role=Role.MEMBER)
    world.check()
    assert world.sees(MEMBER, world.open)


def test_a_membership_taken_away_and_given_again_between_two_pulls(world):
    world.ask("DELETE", f"teams/{world.team.pk}/members/{MEMBER.account().pk}")
    world.ask("PATCH", f"tasks/{world.open.task.pk}", {"name": "meanwhile"})
    world.ask("PATCH", f"tasks/{world.shared.task.pk}", {"project": world.private.pk})
    Membership.objects.create(team=world.team, account=MEMBER.account(), role=Role.MEMBER)
    world.check()
    assert world.shared.task.pk not in world.clients[MEMBER].rows("tasks")


def test_a_member_becomes_a_guest_and_a_member_again(world):
    for role, sees in (("guest", False), ("member", True), ("guest", False), ("admin", True)):
        world.team.change_role(MEMBER.account().pk, Role(role), by=world.by)
        world.check()
        assert world.sees(MEMBER, world.open) is sees


def test_a_project_is_made_private_and_open_again(world):
    for is_open in (False, True, False):
        world.ask("PATCH", f"projects/{world.open.pk}", {"is_open": is_open})
        world.check()
        assert world.sees(MEMBER, world.open) is is_open


def test_a_project_is_shared_with_a_guest_and_no_more(world):
    for _ in range(2):
        world.ask("POST", f"projects/{world.open.pk}/members", {"account": GUEST.account().pk})
        world.check()
        assert world.sees(GUEST, world.open)
        world.ask("DELETE", f"projects/{world.open.pk}/members/{GUEST.account().pk}")
        world.check()
        assert not world.sees(GUEST, world.open)


def test_a_project_shared_no_more_and_shared_again_between_two_pulls(world):
    world.ask("DELETE", f"projects/{world.shared.pk}/members/{GUEST.account().pk}")
    world.ask("PATCH", f"tasks/{world.shared.task.pk}", {"project": world.private.pk})
    world.ask("POST", f"projects/{world.shared.pk}/members", {"account": GUEST.account().pk})
    world.check()


def test_a_task_is_moved_to_where_others_do_not_see_it_and_back(world):
    task = world.open.task.pk
    for project, seen_by in (
        (world.private, {OWNER}),
        (world.open, {OWNER, ADMIN, MEMBER}),
        (world.shared, {OWNER, ADMIN, MEMBER, GUEST}),
        (world.private, {OWNER}),
    ):
        world.ask("PATCH", f"tasks/{task}", {"project": project.pk})
        world.check()
        assert {person for person, client in world.clients.items() if task in client.rows("tasks")} == seen_by


def test_a_task_moved_away_and_back_between_two_pulls(world):
    task = world.open.task.pk
    for project in (world.private, world.open, world.private, world.open):
        world.ask("PATCH", f"tasks/{task}", {"project": project.pk})
    world.check()
    assert task in world.clients[MEMBER].rows("tasks")


def test_a_project_is_thrown_away_and_brought_back(world):
    for method in ("POST", "DELETE"):
        world.ask(method, f"projects/{world.open.pk}/trash")
        world.check()


def test_a_tag_leaves_the_last_task_that_a_guest_sees(world):
    assert world.tag.pk in world.clients[GUEST].rows("tags")
    world.ask("PATCH", f"tasks/{world.shared.task.pk}", {"tags": []})
    world.check()
    assert world.tag.pk not in world.clients[GUEST].rows("tags")


def test_what_a_guest_may_not_do_is_undone_by_the_next_pull(world):
    guest = world.clients[GUEST]
    guest.write(update("tasks", world.shared.task.pk, name="mine now"), update("projects", world.shared.pk, name="ha"))
    guest.write(create("tasks", "guestsOwnTask000", team_id=world.team.pk, project_id=world.shared.pk, name="new"))
    world.check()
    assert "guestsOwnTask000" not in guest.rows("tasks")
    assert world.clients[OWNER].rows("tasks")[world.shared.task.pk]["name"].endswith("task")


def test_a_guest_may_speak(world):
    guest = world.clients[GUEST]
    words = {"team_id": world.team.pk, "task_id": world.shared.task.pk, "body": "hello"}
    guest.write(create("comments", "guestsComment000", **words))
    world.check()
    assert world.clients[OWNER].rows("comments")["guestsComment000"]["body"] == "hello"

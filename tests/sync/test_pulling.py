"""Whatever happens to the work, and to who may see it: a client that pulls has what one has that begins now."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Account, Membership, Role
from nozbe.errors import DomainError
from tasks.models import Comment, Priority, Project, ProjectGroup, Section, Tag, Task
from tasks.models.checklist_item import ChecklistItem
from tasks.models.reminder import Reminder
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, the_strangers_team, the_team
from tests.sync.copies import Copy, fresh

pytestmark = pytest.mark.django_db(transaction=True)

CAST = (OWNER, ADMIN, MEMBER, GUEST, STRANGER)


class World:
    """The cast's team, and a client of each, which all pull whenever they are looked at."""

    def __init__(self) -> None:
        self.team = the_team()
        the_strangers_team()
        self.callers = {person.role: Caller(person.account()) for person in CAST}
        self.copies = {role: Copy(caller) for role, caller in self.callers.items()}

    def look(self) -> None:
        for role, copy in self.copies.items():
            copy.pull()
            assert copy.rows == fresh(self.callers[role]).rows, role

    def membership(self, account: Account) -> Membership:
        return self.team.memberships.live().get(account=account)


@pytest.fixture
def world(db) -> World:
    return World()


@pytest.fixture
def owner(world) -> Account:
    return OWNER.account()


@pytest.fixture
def project(world, owner) -> Project:
    return Project.objects.make(world.team, by=owner, name="Open house")


@pytest.fixture
def full(project, owner) -> Task:
    """A task with everything that can hang on one."""
    task = Task.objects.make(project, by=owner, name="Everything")
    hang_everything_on(task, owner)
    return task


def hang_everything_on(task: Task, by: Account) -> None:
    comment = Comment.objects.make(task, by=by, body="Said")
    comment.react("👍", by=by)
    ChecklistItem.objects.make(task, by=by, name="Ticked")
    tag = Tag.objects.make(task.team, by=by, name=f"Tag of {task.pk}")
    task.change(by=by, tags=[tag.pk])
    Priority.objects.star(task, by=by)
    Reminder.objects.make(task, by=by, minutes_before=5)
    task.project.make_favourite(by=by)


def test_a_first_pull_brings_everything_that_one_may_see(world, full):
    world.look()
    owners, guests = world.copies["owner"], world.copies["guest"]
    assert owners.names("tasks") == ["Everything"]
    assert [len(owners.rows[table]) for table in owners.rows] == [1, 4, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    assert guests.names("teams") == ["The Cast"]
    assert guests.names("tasks") == guests.names("tags") == []
    assert world.copies["stranger"].names("teams") == ["Elsewhere"]


def test_a_pull_without_news_brings_nothing_and_keeps_the_cursor(world, full):
    world.look()
    before = world.copies["member"].cursor
    assert world.copies["member"].pull() == {"changes": {}, "timestamp": before}


def test_what_one_does_not_see_is_no_news(world, full, owner):
    hidden = Project.objects.make(world.team, by=owner, name="Hidden", is_open=False)
    world.look()
    before = world.copies["member"].cursor
    task = Task.objects.make(hidden, by=owner, name="Secret")
    hang_everything_on(task, owner)
    said = world.copies["member"].pull()
    assert said["changes"].keys() == {"tags"}  # which is the whole team's
    assert said["timestamp"] > before


def test_a_row_changed_by_a_transaction_that_began_before_the_pull_comes_with_the_next(world, full, slow_writer):
    with slow_writer("UPDATE tasks_task SET time_needed_minutes = 7") as commit:
        world.look()
        commit()
    world.look()
    assert [row["time_needed_minutes"] for row in world.copies["member"].rows["tasks"].values()] == [7]


@pytest.fixture
def slow_writer():
    from contextlib import contextmanager

    import psycopg

    @contextmanager
    def write(sql: str):
        settings = connection.get_connection_params()
        for unknown in ("context", "cursor_factory", "prepare_threshold"):
            settings.pop(unknown, None)
        with psycopg.connect(**settings) as other:
            other.execute(sql)
            yield other.commit

    return write


def test_a_member_who_is_removed_and_comes_back(world, full, owner):
    world.look()
    member = MEMBER.account()
    Task.objects.make(full.project, by=member, name="Mine")
    other = Membership.objects.create(team=the_strangers_team(), account=member, role=Role.MEMBER)  # stays signed in
    world.look()
    world.team.remove_member(member.pk, by=owner)
    world.look()
    assert world.copies["member"].names("teams") == ["Elsewhere"]
    assert world.copies["member"].names("tasks") == []
    full.change(by=owner, name="Meanwhile")
    Membership.objects.create(team=world.team, account=member, role=Role.MEMBER)
    world.look()
    assert world.copies["member"].names("tasks") == ["Meanwhile", "Mine"]
    assert other.pk in world.copies["member"].rows["members"]


def test_a_member_removed_and_back_between_two_pulls(world, full, owner):
    world.look()
    member = MEMBER.account()
    Membership.objects.create(team=the_strangers_team(), account=member, role=Role.MEMBER)
    world.team.remove_member(member.pk, by=owner)
    full.delete()
    Membership.objects.create(team=world.team, account=member, role=Role.MEMBER)
    world.look()
    assert world.copies["member"].names("tasks") == []


def test_a_member_who_becomes_a_guest_and_a_member_again(world, full, owner):
    world.look()
    member = MEMBER.account()
    for role in (Role.GUEST, Role.MEMBER):
        world.team.change_role(member.pk, role, by=owner)
        world.look()
        assert bool(world.copies["member"].rows["tasks"]) == (role == Role.MEMBER)


def test_a_project_made_private_and_open_again(world, full, project, owner):
    world.look()
    for is_open in (False, True):
        project.change(by=owner, is_open=is_open)
        world.look()
        for table in ("projects", "tasks", "comments", "reactions", "checklist_items", "task_tags"):
            assert bool(world.copies["member"].rows[table]) == is_open, table


def test_a_project_shared_with_a_guest_and_unshared(world, full, project, owner):
    world.look()
    guest = GUEST.account()
    project.share(guest.pk, by=owner)
    world.look()
    assert world.copies["guest"].names("tasks") == ["Everything"]
    assert len(world.copies["guest"].rows["tags"]) == 1
    full.change(by=owner, tags=[])
    world.look()
    assert world.copies["guest"].rows["tags"] == {}
    project.unshare(guest.pk, by=owner)
    world.look()
    assert world.copies["guest"].rows["tasks"] == {}


def test_what_left_a_project_that_one_sees_in_another_way_now(world, full, project, owner):
    """Whoever makes a project private is in it from then on: it is new to them, and still they had it before."""
    project.share(GUEST.account().pk, by=owner)
    world.look()
    project.change(by=MEMBER.account(), is_open=False)
    project.unshare(GUEST.account().pk, by=owner)
    full.taggings.all().delete()
    world.look()


def test_a_guest_sees_a_group_as_long_as_a_project_of_theirs_is_in_it(world, project, owner):
    project.share(GUEST.account().pk, by=owner)
    groups = [ProjectGroup.objects.make(world.team, by=owner, name=name) for name in ("One", "Two")]
    for group in (*groups, None):
        project.change(by=owner, group_id=group and group.pk)
        world.look()
        assert world.copies["guest"].names("project_groups") == ([group.name] if group else [])


def test_a_task_moved_out_of_sight_and_back_with_all_that_hangs_on_it(world, full, project, owner):
    world.look()
    hidden = Project.objects.make(world.team, by=owner, name="Hidden", is_open=False)
    for target in (hidden, project):
        full.change(by=owner, project=target)
        world.look()
        for table in ("tasks", "comments", "reactions", "checklist_items", "task_tags"):
            assert bool(world.copies["member"].rows[table]) == (target == project), table
            assert world.copies["owner"].rows[table], table


def test_a_project_in_the_trash_is_still_there_and_says_so(world, full, project, owner):
    world.look()
    project.trash(by=owner)
    world.look()
    [row] = world.copies["member"].rows["projects"].values()
    assert row["trashed_at"] is not None
    project.restore(by=owner)
    world.look()
    [row] = world.copies["member"].rows["projects"].values()
    assert row["trashed_at"] is None


def test_a_purged_project_is_gone_with_all_that_hung_on_it(world, full, project, owner):
    other = Project.objects.make(world.team, by=owner, name="Private", is_open=False)
    hang_everything_on(Task.objects.make(other, by=owner, name="There"), owner)
    world.look()
    project.delete()
    world.look()
    assert world.copies["member"].rows["projects"] == {}
    other.delete()
    world.look()


def test_a_colleague_who_changes_their_name_is_called_so_everywhere(world, full):
    world.look()
    member = MEMBER.account()
    member.change_details(by=member, name="Mia Married")
    world.look()
    assert "Mia Married" in world.copies["owner"].names("members")


def test_a_comment_that_goes_with_an_occurrence_to_a_project_out_of_sight(world, full, project, owner):
    """Reopening gives what was said on the copy back to the task, wherever that is now."""
    from tasks.models.recurring import Repetition

    full.change(by=owner, due_on="2026-05-04", recurrence=Repetition("FREQ=DAILY", "schedule", "UTC"))
    full.refresh_from_db()
    copy = full.complete_occurrence(by=owner)
    comment = Comment.objects.make(copy, by=owner, body="On the copy")
    comment.react("🎉", by=owner)
    hidden = Project.objects.make(world.team, by=owner, name="Hidden", is_open=False)
    full.change(by=owner, project=hidden)
    world.look()
    assert comment.pk in world.copies["member"].rows["comments"]
    copy.reopen_occurrence(by=owner)
    world.look()
    assert comment.pk not in world.copies["member"].rows["comments"]
    assert comment.pk in world.copies["owner"].rows["comments"]


def steps(world: World, chance: random.Random) -> list[Callable[[], Any]]:
    """What somebody may do next; who may not is refused, as ever."""
    by = chance.choice([OWNER, ADMIN, MEMBER, GUEST]).account()

    def some(model: Any) -> Any:
        return chance.choice(list(model.objects.filter(team=world.team)))

    return [
        lambda: Project.objects.make(world.team, by=by, name="P", is_open=chance.random() < 0.5),
        lambda: some(Project).change(by=by, is_open=chance.random() < 0.5),
        lambda: some(Project).change(by=by, group_id=chance.choice([None, some(ProjectGroup).pk])),
        lambda: some(Project).share(chance.choice(CAST[:4]).account().pk, by=by),
        lambda: some(Project).unshare(chance.choice(CAST[:4]).account().pk, by=by),
        lambda: some(Project).trash(by=by),
        lambda: some(Project).restore(by=by),
        lambda: some(Project).make_favourite(by=by),
        lambda: some(Project).delete() if chance.random() < 0.2 else None,
        lambda: Project.objects.single_tasks_of(world.team.pk, by=by),
        lambda: ProjectGroup.objects.make(world.team, by=by, name="G"),
        lambda: some(ProjectGroup).delete() if chance.random() < 0.2 else None,
        lambda: Section.objects.make(some(Project), by=by, name="S"),
        lambda: some(Section).delete() if chance.random() < 0.2 else None,
        lambda: Task.objects.make(some(Project), by=by, name="T"),
        lambda: hang_everything_on(some(Task), by),
        lambda: some(Task).change(by=by, name="N"),
        lambda: some(Task).change(by=by, project=some(Project)),
        lambda: some(Task).change(by=by, project=some(Project)),
        lambda: some(Task).change(by=by, tags=[some(Tag).pk]),
        lambda: some(Task).complete(by=by),
        lambda: some(Task).trash(by=by),
        lambda: some(Task).delete() if chance.random() < 0.3 else None,
        lambda: Tag.objects.make(world.team, by=by, name="Own", private=True),
        lambda: some(Tag).trash(by=by),
        lambda: some(Tag).delete() if chance.random() < 0.2 else None,
        lambda: some(Comment).delete() if chance.random() < 0.3 else None,
        lambda: Priority.objects.unstar(some(Task), by=by),
        lambda: world.team.change_role(MEMBER.account().pk, chance.choice([Role.GUEST, Role.MEMBER]), by=by),
        lambda: world.team.change_role(GUEST.account().pk, chance.choice([Role.GUEST, Role.MEMBER]), by=by),
    ]


@pytest.mark.parametrize("seed", range(int(os.environ.get("NOZBE_SYNC_SEEDS", "4"))))
def test_whatever_happens_every_client_ends_with_what_a_new_one_has(world, seed):
    chance = random.Random(seed)
    for _ in range(120):
        with suppress(DomainError, ValidationError, IndexError):
            chance.choice(steps(world, chance))()
        for copy in world.copies.values():
            if chance.random() < 0.15:
                copy.pull()
    world.look()

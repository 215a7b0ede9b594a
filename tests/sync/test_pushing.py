"""What becomes of what a client pushes. After each push and pull, it shows what a new client would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from nozbe.audit.models import Event
from nozbe.sync.models import Correction
from nozbe.sync.tables import BY_NAME
from tasks.models import Comment, Project, Section, Tag, Task
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, the_team
from tests.sync.copies import Copy, fresh

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "0123456789abcdef"
DAY = 86_400_000


@pytest.fixture
def team(db):
    return the_team()


@pytest.fixture
def project(team) -> Project:
    return Project.objects.make(team, by=OWNER.account(), name="House")


@pytest.fixture
def task(project) -> Task:
    return Task.objects.make(project, by=OWNER.account(), name="Paint it")


@pytest.fixture
def copy(task) -> Copy:
    return pulled(MEMBER)


def pulled(person) -> Copy:
    copy = Copy(Caller(person.account()))
    copy.pull()
    return copy


def id_of(table: str) -> str:
    return table.replace("_", "").ljust(16, "0")


def again(row):
    """As it is in the database now."""
    return type(row).objects.get(pk=row.pk)


def verbs(*, since: int = 0) -> list[str]:
    return list(Event.objects.filter(pk__gt=since).order_by("pk").values_list("verb", flat=True))


def last_event() -> int:
    return Event.objects.order_by("pk").last().pk


def arrives(copy: Copy) -> None:
    assert copy.push() == 200
    copy.check()


def arrives_as_it_is(copy: Copy) -> None:
    arrives(copy)
    assert not Correction.objects.exists()


def test_a_changed_name_arrives_and_is_recorded(copy, task):
    before = last_event()
    copy.write("tasks", task.pk, name="Paint it blue")
    arrives_as_it_is(copy)
    assert again(task).name == "Paint it blue"
    assert verbs(since=before) == ["task.changed"]
    assert again(task).changed_at > task.changed_at


def test_new_rows_of_every_table_arrive(copy, team):
    guest = team.memberships.get(account=GUEST.account())
    made = {
        "project_groups": {"team_id": team.pk, "name": "Homes"},
        "projects": {"team_id": team.pk, "name": "Garden", "group_id": id_of("project_groups"), "is_open": False},
        "project_members": {"project_id": id_of("projects"), "member_id": guest.pk},
        "favourites": {"project_id": id_of("projects")},
        "sections": {"project_id": id_of("projects"), "name": "Beds"},
        "tags": {"team_id": team.pk, "name": "Green", "colour": "green", "is_private": True},
        "tasks": {
            "project_id": id_of("projects"), "section_id": id_of("sections"), "name": "Dig",
            "responsible_id": MEMBER.account().pk, "due_at": 20_000 * DAY, "is_all_day": True,
            "time_needed_minutes": 30,
        },
        "comments": {"task_id": id_of("tasks"), "body": "Deep"},
        "reactions": {"comment_id": id_of("comments"), "emoji": "👍"},
        "checklist_items": {"task_id": id_of("tasks"), "comment_id": id_of("comments"), "name": "Spade"},
        "task_tags": {"task_id": id_of("tasks"), "tag_id": id_of("tags")},
        "reminders": {"task_id": id_of("tasks"), "minutes_before": 15},
        "priorities": {"task_id": id_of("tasks")},
    }  # fmt: skip
    assert made.keys() == {name for name, table in BY_NAME.items() if table.written}
    before = last_event()
    for table, columns in made.items():
        copy.write(table, id_of(table), **columns)
    arrives_as_it_is(copy)
    for table, columns in made.items():
        there = copy.rows[table][id_of(table)]
        assert {name: there[name] for name in columns} == columns
    assert sorted(verbs(since=before)) == [
        "checklist_item.made", "comment.made", "comment.reacted", "project.made", "project.made_favourite",
        "project.shared", "project_group.made", "reminder.made", "section.made", "tag.made", "task.made",
        "task.starred",
    ]  # fmt: skip
    garden = Project.objects.get(pk=id_of("projects"))
    assert {member.membership.account for member in garden.members.all()} == {GUEST.account(), MEMBER.account()}


def test_the_same_push_once_more_does_nothing(copy, task):
    copy.write("tasks", task.pk, name="Paint it blue", trashed_at=1)
    copy.write("tasks", NEW, project_id=task.project_id, name="New")
    changes = copy.changes()
    assert copy.push() == 200
    before, rows = last_event(), fresh(copy.caller).rows
    assert copy.caller.post(f"sync?last_pulled_at={copy.cursor}", changes).status_code == 200
    assert last_event() == before
    assert fresh(copy.caller).rows == rows


def test_the_body_may_also_name_its_parts(copy, task):
    copy.write("tasks", task.pk, name="Paint it blue")
    body = {"changes": copy.changes(), "lastPulledAt": copy.cursor}
    assert copy.caller.post("sync", body).status_code == 200
    assert again(task).name == "Paint it blue"


def test_what_somebody_else_changed_meanwhile_is_a_conflict_and_nothing_is_changed(copy, task, project):
    Caller(OWNER.account()).patch(f"tasks/{task.pk}", {"time_needed_minutes": 5})
    copy.write("projects", project.pk, name="Castle")
    copy.write("tasks", task.pk, name="Paint it blue")
    before = last_event()
    answer = copy.caller.post(f"sync?last_pulled_at={copy.cursor}", copy.changes())
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (again(project).name, again(task).name, last_event()) == ("House", "Paint it", before)


def test_a_deletion_of_what_was_changed_meanwhile_is_a_conflict(copy, task):
    Caller(OWNER.account()).patch(f"tasks/{task.pk}", {"name": "Paint it red"})
    copy.remove("tasks", task.pk)
    assert copy.push() == 409
    assert not again(task).is_trashed
    copy.pull()
    assert copy.push() == 200
    assert again(task).is_trashed


@pytest.mark.parametrize("cursor", ["null", "0", "1", str(2**53 - 1)])
def test_who_has_not_pulled_is_told_to_pull(copy, task, cursor):
    copy.write("tasks", task.pk, name="Paint it blue")
    copy.cursor = cursor
    assert copy.push() == 409
    assert again(task).name == "Paint it"


def test_a_token_for_reading_does_not_push(copy, task):
    reader = Caller(MEMBER.account(), scope=ApiToken.READ)
    copy.write("tasks", task.pk, name="Paint it blue")
    assert reader.post(f"sync?last_pulled_at={copy.cursor}", copy.changes()).status_code == 403
    assert again(task).name == "Paint it"


def test_a_cursor_that_is_no_number_is_refused(copy):
    assert copy.caller.post("sync?last_pulled_at=yesterday", {}).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b'{"changes": []}', b"[" * 100_000])
def test_what_is_no_push_is_refused(copy, body):
    assert copy.caller.post(f"sync?last_pulled_at={copy.cursor}", body).status_code == 400


def test_what_is_deleted_goes_to_the_trash_and_can_be_taken_out_again(copy, task):
    before = last_event()
    copy.remove("tasks", task.pk)
    arrives_as_it_is(copy)
    assert again(task).is_trashed
    copy.write("tasks", task.pk, trashed_at=None)
    arrives_as_it_is(copy)
    assert not again(task).is_trashed
    assert verbs(since=before) == ["task.trashed", "task.restored"]


def test_since_when_something_is_in_the_trash_is_not_for_clients_to_say(copy, task):
    copy.write("tasks", task.pk, trashed_at=1)
    arrives(copy)
    assert timezone.now() - again(task).trashed_at < timedelta(minutes=1)


def test_when_something_was_done_is_but_not_in_the_future(copy, task):
    yesterday = timezone.now() - timedelta(days=1)
    copy.write("tasks", task.pk, ended_at=int(yesterday.timestamp() * 1000))
    arrives_as_it_is(copy)
    assert abs(again(task).ended_at - yesterday) < timedelta(seconds=1)
    copy.write("tasks", task.pk, ended_at=int(yesterday.timestamp() * 1000) + 10 * DAY)
    arrives(copy)
    assert timezone.now() - again(task).ended_at < timedelta(minutes=1)


def test_taggings_and_the_like_are_really_removed(copy, team, task):
    tag = Tag.objects.make(team, by=OWNER.account(), name="Red")
    task.change(by=OWNER.account(), tags=[tag.pk])
    copy.pull()
    (tagging,) = copy.rows["task_tags"]
    copy.remove("task_tags", tagging)
    arrives_as_it_is(copy)
    assert not task.taggings.exists()
    copy.write("task_tags", tagging, task_id=task.pk, tag_id=tag.pk, team_id=team.pk)
    arrives(copy)
    assert not task.taggings.exists(), "what is gone stays gone; another row may come"


def test_two_devices_put_the_same_tag_on_the_same_task(copy, team, task):
    tag = Tag.objects.make(team, by=OWNER.account(), name="Red")
    other = pulled(OWNER)
    for device, id in ((copy, "a" * 16), (other, "b" * 16)):
        device.pull()
        device.write("task_tags", id, task_id=task.pk, tag_id=tag.pk, team_id=team.pk)
    arrives_as_it_is(copy)
    arrives(other)
    assert list(other.rows["task_tags"]) == ["a" * 16]


def test_a_tag_taken_off_and_put_on_again_without_a_network(copy, team, task):
    tag = Tag.objects.make(team, by=OWNER.account(), name="Red")
    task.change(by=OWNER.account(), tags=[tag.pk])
    copy.pull()
    (tagging,) = copy.rows["task_tags"]
    copy.remove("task_tags", tagging)
    copy.write("task_tags", NEW, task_id=task.pk, tag_id=tag.pk, team_id=team.pk)
    arrives_as_it_is(copy)
    assert list(copy.rows["task_tags"]) == [NEW]


def test_what_is_written_beneath_something_in_the_trash_lies_there_with_it(copy, task):
    task.trash(by=OWNER.account())
    copy.write("comments", NEW, task_id=task.pk, body="Still true")
    arrives_as_it_is(copy)
    assert Comment.objects.get(pk=NEW).body == "Still true"


def test_what_is_written_beneath_something_purged_goes(copy, task):
    Task.objects.filter(pk=task.pk).delete()
    copy.write("comments", NEW, task_id=task.pk, body="To nobody")
    arrives(copy)
    assert NEW not in copy.rows["comments"]


def test_what_was_purged_meanwhile_is_a_conflict_first_and_then_gone(copy, task):
    Task.objects.filter(pk=task.pk).delete()
    copy.write("tasks", task.pk, name="Paint it blue")
    assert copy.push() == 409
    copy.pull()
    arrives(copy)
    assert not Task.objects.filter(pk=task.pk).exists()


@pytest.mark.parametrize("name", ["", "  \n ", "​", None, 7])
def test_nothing_is_left_without_a_name(copy, task, name):
    copy.write("tasks", task.pk, name=name, time_needed_minutes=5)
    copy.write("tasks", NEW, project_id=task.project_id, name=name)
    arrives(copy)
    assert (again(task).name, again(task).time_needed_minutes) == ("Paint it", 5)
    assert Task.objects.get(pk=NEW).name == "Untitled"


def test_a_name_is_brought_into_one_line_and_cut(copy, task):
    copy.write("tasks", task.pk, name=" a\nb\0" + "c" * 2000)
    arrives(copy)
    assert again(task).name == "a b" + "c" * 997


def test_new_rows_without_a_place_go_behind_the_others_in_the_order_in_which_they_were_made(copy, project, task):
    for number in (3, 1, 2):
        copy.write("tasks", f"{number}" * 16, project_id=project.pk, name=f"{number}", created_at=number, position="!")
    arrives(copy)
    names = [task.name for task in Task.objects.filter(project=project).order_by("position")]
    assert names == ["Paint it", "1", "2", "3"]
    assert [task.name for task in Task.objects.filter(project=project).order_by("created_at")] == names


def test_an_event_is_due_on_a_day_or_at_a_time(copy, task):
    at = int(datetime(2030, 5, 1, 12, 30, tzinfo=UTC).timestamp() * 1000)
    copy.write("tasks", task.pk, due_at=at, is_all_day=False)
    arrives_as_it_is(copy)
    assert (again(task).due_at, again(task).due_on) == (datetime(2030, 5, 1, 12, 30, tzinfo=UTC), None)
    copy.write("tasks", task.pk, is_all_day=True)
    arrives(copy)
    assert (again(task).due_at, str(again(task).due_on)) == (None, "2030-05-01")
    copy.write("tasks", task.pk, due_at=None)
    arrives(copy)
    assert (again(task).due_at, again(task).due_on) == (None, None)


def test_done_and_abandoned_do_not_go_together(copy, task):
    copy.write("tasks", task.pk, abandoned_at=5)
    arrives_as_it_is(copy)
    copy.write("tasks", task.pk, ended_at=7)
    arrives(copy)
    assert (again(task).ended_at is None, again(task).abandoned_at) == (False, None)


def test_a_task_goes_to_another_project_without_its_section(copy, team, task):
    section = Section.objects.make(task.project, by=OWNER.account(), name="Walls")
    task.change(by=OWNER.account(), section_id=section.pk)
    there = Project.objects.make(team, by=OWNER.account(), name="Garden")
    copy.pull()
    before = last_event()
    copy.write("tasks", task.pk, project_id=there.pk)
    arrives(copy)
    assert (again(task).project, again(task).section) == (there, None)
    assert verbs(since=before) == ["task.moved"]


def test_a_task_does_not_go_where_one_does_not_see_it(copy, team, task):
    hidden = Project.objects.make(team, by=OWNER.account(), name="Secret", is_open=False)
    copy.write("tasks", task.pk, project_id=hidden.pk, name="Paint it blue")
    arrives(copy)
    assert (again(task).project_id, again(task).name) == (task.project_id, "Paint it blue")


def test_only_who_works_in_a_project_becomes_responsible(copy, team, task):
    copy.write("tasks", task.pk, responsible_id=ADMIN.account().pk)
    arrives_as_it_is(copy)
    copy.write("tasks", task.pk, responsible_id=GUEST.account().pk)
    arrives(copy)
    assert again(task).responsible == ADMIN.account()
    there = Project.objects.make(team, by=MEMBER.account(), name="Mine", is_open=False)
    copy.pull()
    copy.write("tasks", task.pk, project_id=there.pk)
    arrives(copy)
    assert (again(task).project, again(task).responsible) == (there, None)


def test_whoever_makes_a_project_private_stays_in_it(copy, project):
    copy.write("projects", project.pk, is_open=False)
    arrives_as_it_is(copy)
    assert {member.membership.account for member in project.members.all()} == {OWNER.account(), MEMBER.account()}


def test_whoever_makes_a_project_may_say_themselves_that_they_are_in_it(copy, team):
    mine = team.memberships.get(account=MEMBER.account())
    copy.write("projects", id_of("projects"), team_id=team.pk, name="Garden", is_open=False)
    copy.write("project_members", NEW, project_id=id_of("projects"), member_id=mine.pk)
    arrives_as_it_is(copy)
    assert list(copy.rows["project_members"]).count(NEW) == 1


def test_somebody_stays_in_a_private_project(copy, team):
    project = Project.objects.make(team, by=MEMBER.account(), name="Mine", is_open=False)
    project.share(GUEST.account().pk, by=MEMBER.account())
    copy.pull()
    rows = {row["member_id"]: id for id, row in copy.rows["project_members"].items() if row["project_id"] == project.pk}
    for person, left in ((MEMBER, 2), (GUEST, 1)):
        copy.remove("project_members", rows[team.memberships.get(account=person.account()).pk])
        arrives(copy)
        assert project.members.count() == left


def test_only_who_wrote_a_comment_changes_it(copy, task):
    comment = Comment.objects.make(task, by=OWNER.account(), body="Mine")
    copy.pull()
    copy.write("comments", comment.pk, body="Yours", pinned_at=5)
    arrives(copy)
    assert (again(comment).body, again(comment).pinned_at is None, again(comment).edited_at) == ("Mine", False, None)
    owner = pulled(OWNER)
    owner.write("comments", comment.pk, body="Ours")
    arrives(owner)
    assert (again(comment).body, again(comment).edited_at is None) == ("Ours", False)


def test_who_wrote_a_comment_or_manages_the_team_throws_it_away(copy, task):
    comment = Comment.objects.make(task, by=OWNER.account(), body="Mine")
    copy.pull()
    copy.remove("comments", comment.pk)
    arrives(copy)
    assert not again(comment).is_trashed
    admin = pulled(ADMIN)
    admin.remove("comments", comment.pk)
    arrives(admin)
    assert again(comment).is_trashed

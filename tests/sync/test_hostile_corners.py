"""A client that means harm, in corners: values at the very edge, what is a colleague's alone, and what was purged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from time import sleep

import pytest
from django.db import connection, transaction

from nozbe.audit import Verb
from nozbe.audit.models import Event
from nozbe.sync.models import Resync
from nozbe.sync.push.pushing import MOST_CORRECTIONS, RULES
from nozbe.sync.push.recording import STATES
from nozbe.sync.tables import BY_NAME
from tasks import positions
from tasks.models import Comment, Priority, Project, Tag, Task
from tasks.models.recurring import Repetition
from tasks.models.reminder import Reminder
from tests.api.caller import Caller
from tests.cast import GUEST, MEMBER, OWNER, STRANGER, new_team, the_strangers_team, the_team
from tests.sync.clients import create, delete, update
from tests.sync.copies import Copy
from tests.sync.test_hostile import full_house, pushes, send, untouched

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sync")]

NEW = "n" * 16
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


def arrives(copy: Copy) -> None:
    """Perhaps after a conflict, as long as a pull cures it."""
    status = copy.push()
    if status == 409:
        copy.pull()
        status = copy.push()
    assert status == 200
    copy.check()


def again(row):
    return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize("number", ["9" * 400, "-" + "9" * 400, "1e400", "9" * 4000, "9" * 5000], ids=range(5))
def test_no_number_is_too_long_even_beside_half_a_sign(copy, task, number):
    for name in ("due_at", "time_needed_minutes", "completed_occurrence", "created_at", "is_all_day"):
        raw = '{"tasks": {"updated": [{"id": "%s", "position": "\\ud83d", "%s": %s}]}}' % (task.pk, name, number)  # noqa: UP031 — braces
        answer = copy.caller.post(f"sync?last_pulled_at={copy.cursor}", raw.encode())
        assert answer.status_code in (200, 400), answer.content
        copy.check()


def test_the_last_evening_that_there_is(copy, task):
    evening = datetime(2999, 12, 31, 20, tzinfo=UTC)
    task.change(by=OWNER.account(), due_at=evening)
    copy.pull()
    copy.write("tasks", task.pk, is_all_day=True)
    arrives(copy)
    assert (str(again(task).due_on), again(task).due_at) == ("2999-12-31", None)
    copy.write("tasks", task.pk, due_at=round(evening.timestamp() * 1000), is_all_day=False)
    arrives(copy)
    assert again(task).due_at == evening


def test_what_was_purged_where_one_does_not_look_stops_nobody(copy, team, task):
    hidden = full_house(team, OWNER.account())
    copy.pull()
    Task.objects.filter(pk=hidden["tasks"]).delete()
    for table, columns in {
        "tasks": {"project_id": task.project_id},
        "comments": {"task_id": task.pk, "body": "x"},
        "checklist_items": {"task_id": task.pk},
        "reminders": {"task_id": task.pk, "minutes_before": 5},
    }.items():
        known = send(copy, pushes(table, {"id": hidden[table], "name": "Undead", **columns}))
        unknown = send(copy, pushes(table, {"id": NEW, "name": "Undead", **columns}))
        assert known.content == unknown.content
        copy.check()
        assert hidden[table] not in copy.rows[table]


def test_no_place_tells_of_projects_that_one_does_not_see(copy, team, project):
    hidden = Project.objects.make(team, by=OWNER.account(), name="Secret", is_open=False)
    Project.objects.filter(pk=hidden.pk).update(position="b5zz")
    Project.objects.filter(pk=project.pk).update(position="a0")
    copy.pull()
    copy.write("projects", NEW, team_id=team.pk, name="Mine")
    arrives(copy)
    assert copy.rows["projects"][NEW]["position"] < "a2"


def test_projects_that_one_does_not_see_keep_their_places_when_there_is_no_room(copy, team, project):
    hidden = Project.objects.make(team, by=OWNER.account(), name="Secret", is_open=False)
    last = "z" * positions.MOST
    assert positions.is_place(last)
    copy.write("projects", project.pk, position=last)
    arrives(copy)
    with untouched({"projects": hidden.pk}, counting=False):
        copy.write("projects", NEW, team_id=team.pk, name="Mine")
        arrives(copy)


def test_who_is_taken_out_and_let_in_again_without_a_network_stays(copy, team, project):
    project.share(GUEST.account().pk, by=OWNER.account())
    guest = team.memberships.get(account=GUEST.account()).pk
    copy.pull()
    (row,) = [id for id, row in copy.rows["project_members"].items() if row["member_id"] == guest]
    copy.remove("project_members", row)
    copy.write("project_members", NEW, team_id=team.pk, project_id=project.pk, member_id=guest)
    arrives(copy)
    assert project.members.filter(membership=guest).count() == 1


def test_what_was_done_may_be_reopened_and_abandoned_at_once(copy, task):
    task.complete(by=OWNER.account())
    copy.pull()
    copy.write("tasks", task.pk, ended_at=None, abandoned_at=5)
    arrives(copy)
    assert (again(task).ended_at, again(task).abandoned_at is None) == (None, False)


def test_a_past_occurrence_is_not_abandoned_on_its_way_back(copy, task):
    by = OWNER.account()
    task.change(by=by, due_on=date(2030, 5, 1), recurrence=Repetition("FREQ=DAILY", "schedule", "UTC"))
    done = [again(task).complete_occurrence(by=by) for _ in range(2)]
    copy.pull()
    for row in done:
        copy.write("tasks", row.pk, ended_at=None, abandoned_at=5)
    arrives(copy)


def test_what_is_a_colleagues_alone_is_not_there(copy, team, task, project):
    """Of the owner, though project and task are everybody's."""
    by = OWNER.account()
    project.make_favourite(by=by)
    tag = Tag.objects.make(team, by=by, name="Mine alone", private=True)
    task.change(by=by, tags=[tag.pk])
    theirs = {
        "tags": tag.pk,
        "task_tags": task.taggings.get().pk,
        "favourites": project.favourites.get().pk,
        "reminders": Reminder.objects.make(task, by=by, minutes_before=5).pk,
        "priorities": Priority.objects.star(task, by=by).pk,
    }
    tables = {
        "tags": {"name": "Ours", "team_id": team.pk, "trashed_at": 5, "is_private": False},
        "task_tags": {"task_id": task.pk, "tag_id": tag.pk},
        "favourites": {"project_id": project.pk},
        "reminders": {"task_id": task.pk, "minutes_before": 7},
        "priorities": {"task_id": task.pk, "position": "a1"},
    }
    copy.pull()
    seen_by_all = {"task_tags"}
    with untouched(theirs):
        for table, columns in tables.items():
            send(copy, pushes(table, columns | {"id": theirs[table]}))
            copy.check()
            assert (theirs[table] in copy.rows[table]) is (table in seen_by_all)
            send(copy, pushes(table, deleted=[theirs[table]]))
            copy.check()
        send(copy, pushes("task_tags", {"id": NEW, "task_id": task.pk, "tag_id": tag.pk}))
        copy.check()
    assert NEW not in copy.rows["task_tags"]


def test_nothing_goes_from_one_of_ones_teams_into_another(copy, team, task):
    by = MEMBER.account()
    second = full_house(new_team("A second home", owner=by), by)
    first = full_house(team, by)
    copy.pull()
    there = {table: copy.rows[table][second[table]] for table in ("projects", "project_members")}
    for table, columns in {
        "tasks": {"project_id": second["projects"], "section_id": second["sections"]},
        "projects": {"group_id": second["project_groups"], "team_id": there["projects"]["team_id"]},
        "checklist_items": {"comment_id": second["comments"], "task_id": second["tasks"]},
        "task_tags": {"tag_id": second["tags"]},
        "project_members": {"member_id": there["project_members"]["member_id"]},
    }.items():  # fmt: skip
        before = copy.rows[table][first[table]]
        new = {name: value for name, value in before.items() if name not in ("id", "team_id")} | {"id": table[:1] * 16}
        if table == "tasks":
            new["section_id"] = second["sections"]
            send(copy, pushes(table, before | columns, new))
        else:
            send(copy, pushes(table, before | columns, new | columns))
        copy.check()
        assert copy.rows[table][first[table]] == before
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("rule", [
    "FREQ=DAILY;COUNT=99999999999999999999", "FREQ=DAILY;INTERVAL=0", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;UNTIL=00010101T000000Z", "FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ=YEARLY;INTERVAL=999", ";;;=",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;INTERVAL=99", "FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 60),
    "freq=daily", "RRULE:FREQ=DAILY", "FREQ=DAILY;COUNT=1",
])  # fmt: skip
def test_no_rule_is_too_strange(copy, project, rule):
    zones = ("UTC", "../../etc/passwd", "/", "localtime", "Europe/Warsaw\0", "x" * 64)
    for due in (0, 21_000 * DAY, 376_000 * DAY):
        for number, zone in enumerate(zones):
            copy.write("tasks", f"{number:08}{due:08}"[:16].ljust(16, "0"), project_id=project.pk, name="Mop",
                       due_at=due, is_all_day=number % 2 == 0, recurrence_rule=rule, recurrence_mode="completion",
                       recurrence_time_zone=zone, ended_at=5, completed_occurrence=2**53)  # fmt: skip
    arrives(copy)


@pytest.mark.parametrize("occurrence", [0, -1, 2**31, 2**53, 1e308, 0.5, 99])
def test_no_occurrence_is_too_strange(copy, task, occurrence):
    task.change(by=OWNER.account(), due_on=date(2030, 5, 1),
                recurrence=Repetition("FREQ=DAILY", "schedule", "UTC"))  # fmt: skip
    copy.pull()
    copy.write("tasks", task.pk, ended_at=5, completed_occurrence=occurrence, occurrence=7, missed=9)
    arrives(copy)


def test_more_wrong_rows_than_are_put_right_one_by_one(copy, task):
    for number in range(MOST_CORRECTIONS + 1):
        copy.write("comments", f"{number:016}", task_id=NEW, body="x")
    arrives(copy)
    assert Resync.objects.filter(account_id=MEMBER.account().pk).exists()
    assert copy.rows["comments"] == {}


def test_the_cursor_of_somebody_else_is_one_that_nobody_has(copy, task):
    copy.write("tasks", task.pk, name="Paint it blue")
    mine, copy.cursor = copy.cursor, pulled(OWNER).cursor
    assert copy.push() == 409
    assert again(task).name == "Paint it"
    copy.cursor = mine
    arrives(copy)


def test_the_record_knows_a_word_for_all_that_a_push_does():
    for name, law in RULES.items():
        if law.noun:
            columns = BY_NAME[name].by_name
            words = ["made", "changed"] + (["placed"] if "position" in columns else [])
            words += [word for column in STATES.keys() & columns.keys() for word in STATES[column]]
            assert all(Verb(f"{law.noun}.{word}") for word in words)


def test_the_record_does_not_tell_of_private_taggings(copy, team, task):
    tag = Tag.objects.make(team, by=MEMBER.account(), name="Mine alone", private=True)
    copy.pull()
    before = Event.objects.order_by("pk").last().pk
    copy.write("task_tags", NEW, task_id=task.pk, tag_id=tag.pk, team_id=team.pk)
    arrives(copy)
    copy.remove("task_tags", NEW)
    arrives(copy)
    assert not Event.objects.filter(pk__gt=before).exists()


@pytest.mark.parametrize("value", [b"[],", b"{},", b"1.5,", b'"ab",'])
def test_no_body_takes_much_more_room_read_than_written(copy, value):
    raw = b'{"nothing": [' + value * (12 * 2**20 // len(value) + 1_000_000) + b"1]}"
    send(copy, raw, expected=413)


@pytest.mark.parametrize("table", ["favourites", "project_members"])
def test_who_holds_a_project_never_waits_for_a_push_that_waits_for_it(copy, team, project, table):
    """As verbs do that let somebody in or out, or make it a favourite."""
    project.share(MEMBER.account().pk, by=OWNER.account())
    project.make_favourite(by=MEMBER.account())
    copy.pull()
    rows = {"favourites": project.favourites, "project_members": project.members}[table]
    row = rows.get(membership__account=MEMBER.account())
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            project.lock()
            going = pool.submit(pushed, copy, pushes(table, deleted=[row.pk]))
            until_somebody_waits()
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
            row.delete()
        assert going.result(30) == 200
    copy.check()
    assert not rows.filter(pk=row.pk).exists()


def test_a_comment_that_goes_back_to_its_task_meanwhile_takes_new_reactions_along(copy, task):
    by = OWNER.account()
    task.change(by=by, due_on=date(2030, 5, 1), recurrence=Repetition("FREQ=DAILY", "schedule", "UTC"))
    done = task.complete_occurrence(by=by)
    comment = Comment.objects.make(done, by=by, body="Well done")
    copy.pull()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            done.reopen_occurrence(by=by)
            body = pushes("reactions", {"id": NEW, "comment_id": comment.pk, "emoji": "👍"})
            going = pool.submit(pushed, copy, body)
            until_somebody_waits()
        assert going.result(30) == 200
    copy.check()
    assert copy.rows["reactions"][NEW]["comment_id"] == comment.pk


def pushed(copy: Copy, body) -> int:
    try:
        return copy.caller.post(f"sync?last_pulled_at={copy.cursor}", body).status_code
    finally:
        connection.close()


def until_somebody_waits() -> None:
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        sleep(0.05)
    raise AssertionError("nobody waits")


def test_real_clients_are_not_stuck_after_they_tried_what_they_may_not(devices, team):
    mine = full_house(team, MEMBER.account())
    theirs = full_house(the_strangers_team(), STRANGER.account())
    hidden = {name: id for name, id in full_house(team, OWNER.account()).items() if name != "project_groups"}
    client = devices.open(MEMBER)
    there = client.dump().tables
    with untouched(theirs, hidden):
        for others in (theirs, hidden):
            for table, id in others.items():
                client.write(create(table, id, **{k: v for k, v in there[table][mine[table]].items() if k != "id"}))
            devices.all_show_what_is_there()
        client.write(update("teams", team.pk, name="Mine now"), *(delete("members", id) for id in there["members"]))
        client.write(update("tasks", mine["tasks"], project_id=hidden["projects"], section_id=hidden["sections"]))
        client.write(update("comments", mine["comments"], author_id=None, edited_at=5, body="\u202eevil \0"))
        client.write(update("projects", mine["projects"], group_id=theirs["project_groups"], position="!"))
        devices.all_show_what_is_there()

"""What a push is about, as it stands on the server: found, locked until the end, and with what the person may do there.

Rows of one's teams are locked before it is known whether one sees them: in the order of tables below, by ID, as
everybody does who changes work. Rows of other teams are not touched; that they are there makes their IDs taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from django.apps import apps
from django.db import connection

from accounts.models.membership import Role
from nozbe.encryption.opening import open_values
from nozbe.sync.cursors import newer
from nozbe.sync.push.body import OURS, Said
from nozbe.sync.selecting import OPENLY_GONE, columns_of
from nozbe.sync.tables import BY_NAME, SYNCED, SyncedTable
from tasks.access import SEES

WHOSE = {
    "tags": "private_to_id",
    "favourites": "membership_id",
    "reminders": "membership_id",
    "priorities": "membership_id",
}

LOCKED = (
    "tasks", "comments", "reactions", "checklist_items", "task_tags", "reminders", "priorities", "sections", "tags",
    "project_groups", "projects", "project_members", "favourites",
)  # fmt: skip
"""In this order: verbs lock a task before what hangs on it, and any row before its project, but for those that say who
is in it and whose favourite it is: they come and go under its lock.
"""

OF_A_PROJECT = ("project_members", "favourites")

OF_A_TASK = ("checklist_items", "task_tags", "reminders", "priorities")


class Again(Exception):
    """Something changed between two looks: begin anew."""


@dataclass(frozen=True)
class Stored:
    told: dict[str, Any]
    """As the wire has it, with its ID."""

    team: str
    newer: bool
    """Whether it was written after what the client has seen."""

    whose: str | None
    """The membership that alone sees it."""


@dataclass(frozen=True)
class Seat:
    team: str
    membership: str
    role: Role

    @property
    def works(self) -> bool:
        return self.role != Role.GUEST


@dataclass(frozen=True)
class ProjectSeat(Seat):
    """For a project that the person sees."""

    project: str
    is_single: bool = False


@dataclass
class Standing:
    account: str
    snapshot: str
    seats: dict[str, Seat] = field(default_factory=dict)
    """By team."""

    projects: dict[str, ProjectSeat] = field(default_factory=dict)
    rows: dict[str, dict[str, Stored]] = field(default_factory=dict)
    """Table → ID → what is there, in one's teams."""

    taken: dict[str, set[str]] = field(default_factory=dict)
    """IDs that cannot be had: of other teams, or of what was purged."""

    buried: bool = False
    """Whether something of what is pushed was purged after the client's cursor, and the next pull tells them so."""

    tasks: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Team and project of each task that is a parent here."""

    comments: dict[str, str] = field(default_factory=dict)
    """The task of each comment that is."""

    sections: dict[str, str] = field(default_factory=dict)
    """The project of each."""

    groups: dict[str, str] = field(default_factory=dict)
    """The team of each."""

    tags: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """Of each, the team, and whose it is alone."""

    colleagues: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of each membership, the team and the account."""

    def seat_at_task(self, task: str | None) -> ProjectSeat | None:
        place = self.tasks.get(task or "")
        return None if place is None else self.projects.get(place[1])


def stand(account: str, snapshot: str, said: dict[str, Said]) -> Standing:
    """Raises Again."""
    return _Look(account, snapshot, said).standing


class _Look:
    def __init__(self, account: str, snapshot: str, said: dict[str, Said]) -> None:
        self.said = said
        self.standing = Standing(account, snapshot)
        self.ids = {name: {*each.rows, *each.deleted} for name, each in said.items() if name in LOCKED}
        teams = [row[0] for row in _ask(TEAMS, {"account": account})]
        self.given = {"teams": teams, "snapshot": snapshot, "account": account}
        self.parents()
        for name in LOCKED:
            self.lock(name)
        self.enter(teams)
        self.look_around()
        self.look_for_others()

    def named(self, column: str, *tables: str) -> set[str]:
        """IDs that rows of those tables say, or that they have."""
        found: list[Any] = []
        for name in tables:
            found += [row.get(column) for row in self.said[name].rows.values()] if name in self.said else []
            found += [row.told[column] for row in self.standing.rows.get(name, {}).values()]
        return {id for id in found if isinstance(id, str) and OURS.fullmatch(id)}

    def parents(self) -> None:
        """Tasks, comments and projects that need not be pushed themselves, and that something pushed hangs on."""
        comments = self.ids.get("comments", set()) | self.named("comment_id", "reactions", "checklist_items")
        children = {name: list(self.ids.get(name, ())) for name in (*OF_A_TASK, "reactions")}
        known = _ask(
            PARENTS,
            self.given | {f"in_{name}": ids for name, ids in children.items()} | {"in_comments": list(comments)},
        )
        self.parent_comments = comments | {comment for _task, comment in known if comment}
        self.parent_tasks = {task for task, _comment in known if task} | self.named("task_id", "comments", *OF_A_TASK)
        self.parent_projects = self.named("project_id", *OF_A_PROJECT)
        if any(self.ids.get(name) for name in OF_A_PROJECT):
            pushed = {f"in_{name}": list(self.ids.get(name, ())) for name in OF_A_PROJECT}
            self.parent_projects |= {project for (project,) in _ask(PARENT_PROJECTS, self.given | pushed)}

    def lock(self, name: str) -> None:
        wanted = self.ids.get(name, set())
        parents = {"tasks": self.parent_tasks, "comments": self.parent_comments, "projects": self.parent_projects}
        more = parents.get(name, set())
        if not wanted | more:
            return
        table = BY_NAME[name]
        rows = _ask(_LOCK[name], self.given | {"ids": sorted(wanted | more)})
        opened = _opened(table, [row for row in rows if row[0] in wanted])
        found = self.standing.rows[name] = {}
        for id, team, is_newer, whose, _ciphertext, rest in rows:
            told = orjson.loads(rest)
            if name == "tasks":
                self.standing.tasks[id] = (team, told["project_id"])
            elif name == "comments":
                self.standing.comments[id] = told["task_id"]
            if id in wanted:
                found[id] = Stored(told | opened.get(id, {}), team, is_newer, whose)

    def enter(self, teams: list[str]) -> None:
        """Which of the projects the person sees, now that nobody can change that."""
        standing = self.standing
        if not self.named("task_id", "comments", *OF_A_TASK) | {*standing.comments.values()} <= self.parent_tasks:
            raise Again  # something went to another task since
        wanted = {project for _team, project in standing.tasks.values()} | self.ids.get("projects", set())
        wanted |= self.named("project_id", "tasks", "sections", "favourites", "project_members")
        projects = _ask(PROJECTS, self.given | {"ids": sorted(wanted)}) if wanted else []
        for id, team, role in _ask(SEATS, self.given):
            standing.seats[team] = Seat(team, id, Role(role))
        if not standing.seats.keys() <= set(teams):
            raise Again
        memberships = [seat.membership for seat in standing.seats.values()]
        given = {"memberships": memberships, "ids": [row[0] for row in projects]}
        shared = {row[0] for row in _ask(SHARED, given)} if projects else set()
        for id, team, is_open, is_single in projects:
            seat = standing.seats.get(team)
            if seat and (id in shared or (is_open and seat.works)):
                standing.projects[id] = ProjectSeat(team, seat.membership, seat.role, id, is_single)

    def look_around(self) -> None:
        """What rows point to without hanging on it."""
        standing = self.standing
        around: list[tuple[str, str, str, dict[str, Any]]] = [
            ("section_id", "tasks", SECTIONS, standing.sections),
            ("group_id", "projects", GROUPS, standing.groups),
            ("tag_id", "task_tags", TAGS, standing.tags),
            ("member_id", "project_members", COLLEAGUES, standing.colleagues),
        ]
        for column, table, sql, known in around:
            if wanted := self.named(column, table):
                for id, *facts in _ask(sql, self.given | {"ids": list(wanted)}):
                    known[id] = facts[0] if len(facts) == 1 else tuple(facts)

    def look_for_others(self) -> None:
        """Whose IDs are pushed, and not found in one's teams."""
        standing = self.standing
        missing = {
            name: ids
            for name, each in self.said.items()
            if name in LOCKED and (ids := each.rows.keys() - standing.rows.get(name, {}).keys())
        }
        if not missing:
            return
        elsewhere = " UNION ALL ".join(_ELSEWHERE[name] for name in missing)
        among = {f"in_{name}": list(ids) for name, ids in missing.items()}
        for name, id in _ask(elsewhere, among):
            standing.taken.setdefault(name, set()).add(id)
        everything = [id for ids in missing.values() for id in ids]
        memberships = [seat.membership for seat in standing.seats.values()]
        given = self.given | {"ids": everything, "memberships": memberships, "my_teams": list(standing.seats)}
        for name, id, is_newer in _ask(BURIED, given):
            if id in missing.get(name, ()):
                standing.taken.setdefault(name, set()).add(id)
                standing.buried |= is_newer


def _opened(table: SyncedTable, rows: list[Any]) -> dict[str, dict[str, str]]:
    if table.sealed is None or not rows:
        return {}
    name = table.sealed.name
    texts = open_values(apps.get_model(table.model), name, [(row[1], row[0], bytes(row[4])) for row in rows])
    return {row[0]: {name: text} for row, text in zip(rows, texts, strict=True)}


def _ask(sql: str, given: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


MINE = "team_id = ANY(%(teams)s::varchar[])"

TEAMS = "SELECT team_id FROM accounts_membership WHERE account_id = %(account)s AND ended_at IS NULL"
SEATS = """
    SELECT id, team_id, role FROM accounts_membership WHERE account_id = %(account)s AND ended_at IS NULL
    ORDER BY id FOR SHARE
"""
PROJECTS = f"""
    SELECT id, team_id, is_open, single_of_id IS NOT NULL FROM tasks_project
    WHERE id = ANY(%(ids)s::varchar[]) AND {MINE} ORDER BY id FOR SHARE
"""
SHARED = """
    SELECT project_id FROM tasks_projectmember
    WHERE membership_id = ANY(%(memberships)s::varchar[]) AND project_id = ANY(%(ids)s::varchar[])
"""
PARENTS = " UNION ALL ".join(
    [
        f"SELECT task_id, id FROM tasks_comment WHERE id = ANY(%(in_comments)s::varchar[]) AND {MINE}",
        "SELECT c.task_id, c.id FROM tasks_reaction r JOIN tasks_comment c ON c.id = r.comment_id "
        f"WHERE r.id = ANY(%(in_reactions)s::varchar[]) AND r.{MINE}",
        *(
            f"SELECT task_id, NULL FROM {BY_NAME[name].db_table} WHERE id = ANY(%(in_{name})s::varchar[]) AND {MINE}"
            for name in OF_A_TASK
        ),
    ]
)
PARENT_PROJECTS = " UNION ALL ".join(
    f"SELECT project_id FROM {BY_NAME[name].db_table} WHERE id = ANY(%(in_{name})s::varchar[]) AND {MINE}"
    for name in OF_A_PROJECT
)
SECTIONS = f"SELECT id, project_id FROM tasks_section WHERE id = ANY(%(ids)s::varchar[]) AND {MINE}"
GROUPS = f"SELECT id, team_id FROM tasks_projectgroup WHERE id = ANY(%(ids)s::varchar[]) AND {MINE}"
TAGS = f"SELECT id, team_id, private_to_id FROM tasks_tag WHERE id = ANY(%(ids)s::varchar[]) AND {MINE}"
COLLEAGUES = f"""
    SELECT id, team_id, account_id FROM accounts_membership
    WHERE id = ANY(%(ids)s::varchar[]) AND {MINE} AND ended_at IS NULL
"""
BURIED = f"""
    SELECT "table", row_id, {newer("version")} AND {MINE}
        AND (membership_id IS NULL OR membership_id = ANY(%(memberships)s::varchar[]))
        AND (
            project_id IS NULL OR project_id IN ({OPENLY_GONE})
            OR EXISTS (SELECT FROM tasks_project p {SEES} WHERE p.id = d.project_id)
        )
    FROM sync_departure d WHERE gone AND row_id = ANY(%(ids)s::varchar[])
"""
"""And whether that is told to the person (`selecting.LEFT`): a conflict that no pull cures would stop them for ever."""
_ELSEWHERE = {
    table.name: f"SELECT '{table.name}', id FROM {table.db_table} WHERE id = ANY(%(in_{table.name})s::varchar[])"
    for table in SYNCED
}


def _lock(table: SyncedTable) -> str:
    ciphertext, rest = columns_of(table)
    return f"""
        SELECT r.id, r.team_id, {newer("r.version")}, {"r." + WHOSE[table.name] if table.name in WHOSE else "NULL"},
            {ciphertext}, {rest}
        FROM {table.db_table} r WHERE r.id = ANY(%(ids)s::varchar[]) AND r.{MINE}
        ORDER BY r.id FOR NO KEY UPDATE OF r
    """


_LOCK = {name: _lock(BY_NAME[name]) for name in LOCKED}

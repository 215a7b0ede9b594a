"""The SQL that reads rows for one person: the same branches, one a table, for what changed, for what they may see
newly, and for rows by their IDs. Each is one statement, whatever the number of tables.

A branch answers `(number of the table, ID, team, ciphertext or null, the other columns as JSON)`.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache

from nozbe.sync.cursors import newer
from nozbe.sync.tables import SYNCED, Seen, SyncedTable

DEPARTED, CORRECTED = -1, -2
"""Instead of the number of a table; then the name of the table stands for the team."""

PROJECTS = "ANY(%(projects)s::varchar[])"
MINE = "r.membership_id = ANY(%(memberships)s::varchar[])"
WORKED = "r.team_id = ANY(%(worked)s::varchar[])"
GUESTED = "r.team_id = ANY(%(guested)s::varchar[])"
TAG_FOR_ME = "(r.private_to_id IS NULL OR r.private_to_id = ANY(%(memberships)s::varchar[]))"
OF_TASK = "JOIN tasks_task t ON t.id = r.task_id"
OF_COMMENT = "JOIN tasks_comment c ON c.id = r.comment_id JOIN tasks_task t ON t.id = c.task_id"

TAGS_OF_A_GUEST = f"""
    (r.private_to_id = ANY(%(memberships)s::varchar[]) AND {{fresh}}) OR (r.private_to_id IS NULL AND EXISTS (
        SELECT FROM tasks_tasktag x JOIN tasks_task t ON t.id = x.task_id
        WHERE x.tag_id = r.id AND t.project_id = {PROJECTS} AND ({{fresh}} OR {{fresh_way}})
    ))
"""
GROUPS_OF_A_GUEST = f"""
    EXISTS (SELECT FROM tasks_project x WHERE x.group_id = r.id AND x.id = {PROJECTS} AND ({{fresh}} OR {{fresh_way}}))
"""

WAYS: dict[Seen, tuple[tuple[str, str], ...]] = {
    # The joins to what it is seen through, and the condition; more than one for what is seen in more than one way.
    Seen.TEAM: (("", "r.id = ANY(%(teams)s::varchar[]) AND {fresh}"),),
    Seen.COLLEAGUES: (("", "r.team_id = ANY(%(teams)s::varchar[]) AND r.ended_at IS NULL AND {fresh}"),),
    Seen.GROUP: (("", f"{WORKED} AND {{fresh}}"), ("", f"{GUESTED} AND ({GROUPS_OF_A_GUEST})")),
    Seen.TAG: (("", f"{WORKED} AND {TAG_FOR_ME} AND {{fresh}}"), ("", f"{GUESTED} AND ({TAGS_OF_A_GUEST})")),
    Seen.PROJECT: (("", f"r.{{project}} = {PROJECTS} AND {{fresh_here}}"),),
    Seen.SHARING: (
        (
            "JOIN accounts_membership m ON m.id = r.membership_id AND m.ended_at IS NULL",
            f"r.project_id = {PROJECTS} AND {{fresh_here}}",
        ),
    ),
    Seen.TASK: ((OF_TASK, f"t.project_id = {PROJECTS} AND {{fresh_here}}"),),
    Seen.COMMENT: ((OF_COMMENT, f"t.project_id = {PROJECTS} AND {{fresh_here}}"),),
    Seen.OWN_PROJECT: (("", f"r.project_id = {PROJECTS} AND {MINE} AND {{fresh_here}}"),),
    Seen.OWN_TASK: ((OF_TASK, f"t.project_id = {PROJECTS} AND {MINE} AND {{fresh_here}}"),),
}

OPENLY_GONE = f"""
    SELECT g.row_id FROM sync_departure g
    WHERE g.team_id = ANY(%(my_teams)s::varchar[]) AND {newer("g.version")}
        AND g."table" = 'projects' AND g.gone AND g.project_id IS NULL
"""
"""Projects that everybody in the team knew of, and that are purged."""

LEFT = f"""
    SELECT {DEPARTED}, d.row_id, d."table", NULL::bytea, d.gone::text FROM sync_departure d
    WHERE d.team_id = ANY(%(my_teams)s::varchar[]) AND {newer("d.version")}
        AND (d.membership_id IS NULL OR d.membership_id = ANY(%(memberships)s::varchar[]))
        AND (
            d.project_id IS NULL OR d.project_id = ANY(%(my_projects)s::varchar[]) OR d.project_id IN ({OPENLY_GONE})
        )
    UNION ALL
    SELECT {CORRECTED}, k.row_id, k."table", NULL::bytea, NULL::text FROM sync_correction k
    WHERE k.account_id = %(account)s AND {newer("k.version")}
"""


@cache
def changes() -> str:
    """What changed since `snapshot` within a scope, and what left it. Parameters: those of the scope, `memberships`,
    `my_teams` and `my_projects` (all of them), `account`, `snapshot`.

    What left a project is told also when that is new to them: they may have seen it before in another way.
    """
    fresh, way = newer("r.version"), newer("x.version")
    here = f"r.team_id = ANY(%(my_teams)s::varchar[]) AND {fresh}"
    return _union([*(_branches(table, fresh, way, here) for table in SYNCED), LEFT])


@lru_cache(maxsize=32)
def all_of(tables: frozenset[str]) -> str:
    """Everything within a scope, of some tables. Parameters: those of the scope, and `memberships`."""
    return _union([_branches(table, "true", "true", "true") for table in SYNCED if table.name in tables])


@lru_cache(maxsize=32)
def by_id(tables: frozenset[str]) -> str:
    """Those rows among some that are within a scope. Parameters: as before, and the IDs as `in_<table>`."""
    chosen = [table for table in SYNCED if table.name in tables]
    return _union([_branches(table, where := _among(table), where, where) for table in chosen])


def _among(table: SyncedTable) -> str:
    return f"r.id = ANY(%(in_{table.name})s::varchar[])"


def _branches(table: SyncedTable, fresh: str, way: str, here: str) -> str:
    project = "id" if table.name == "projects" else "project_id"
    parts = {"fresh": fresh, "fresh_way": way}
    branches = []
    for joins, condition in WAYS[table.seen]:
        where = condition.format(**parts, fresh_here=here, project=project)
        branches.append(f"SELECT {_said(table)} FROM {table.db_table} r {joins} WHERE {where}")
    return _union(branches)


def _said(table: SyncedTable) -> str:
    team = "r.id" if table.name == "teams" else "r.team_id"
    return f"{SYNCED.index(table)}, r.id, {team}, {', '.join(columns_of(table))}"


def columns_of(table: SyncedTable) -> tuple[str, str]:
    """SQL of a row `r`: the ciphertext or null, and all other columns of the wire as JSON."""
    ciphertext = f'r."{table.sealed.name}"' if table.sealed else "NULL::bytea"
    plain = ", ".join(f'{column.sql} AS "{column.name}"' for column in table.columns if not column.sealed)
    return ciphertext, f"(SELECT row_to_json(j)::text FROM (SELECT r.id{', ' + plain if plain else ''}) j)"


def _union(branches: Collection[str]) -> str:
    return " UNION ALL ".join(branches)

"""What one person may see at one moment: teams, memberships and projects, and what of that is new to them.

One statement, in the snapshot that everything else is then read in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SCOPES = """
WITH
cursor AS (SELECT snapshot FROM sync_cursor WHERE id = %(cursor)s AND account_id = %(account)s),
mine AS MATERIALIZED (
    SELECT id, team_id, role, {new_membership} AS gained
    FROM accounts_membership m WHERE account_id = %(account)s AND ended_at IS NULL
),
ways AS (
    SELECT p.id, mine.gained OR {new_opening} AS gained
    FROM mine JOIN tasks_project p ON p.team_id = mine.team_id AND p.is_open WHERE mine.role <> 'guest'
    UNION ALL
    SELECT s.project_id, {new_sharing} FROM mine JOIN tasks_projectmember s ON s.membership_id = mine.id
),
seen AS (SELECT id, bool_and(gained) AS gained FROM ways GROUP BY id)
SELECT
    pg_current_snapshot()::text,
    (SELECT snapshot::text FROM cursor),
    EXISTS (SELECT FROM sync_resync x WHERE account_id = %(account)s AND {new_loss}),
    (SELECT coalesce(json_agg(json_build_array(id, team_id, role, coalesce(gained, true))), '[]') FROM mine),
    ARRAY(SELECT id FROM seen WHERE gained IS NOT true),
    ARRAY(SELECT id FROM seen WHERE gained IS true)
"""


def _new(column: str) -> str:
    seen = "(SELECT snapshot FROM cursor)"
    return f"({column} >= pg_snapshot_xmin({seen}) AND NOT pg_visible_in_snapshot({column}, {seen}))"


SQL = SCOPES.format(
    new_membership=_new("m.visibility_version"),
    new_opening=_new("p.visibility_version"),
    new_sharing=_new("s.version"),
    new_loss=_new("x.version"),
)


@dataclass(frozen=True)
class Scope:
    """Some of what a person may see, by IDs."""

    teams: list[str] = field(default_factory=list)
    worked: list[str] = field(default_factory=list)
    """Of the teams, those in which they are no guest."""

    guested: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)

    def parameters(self) -> dict[str, Any]:
        return {"teams": self.teams, "worked": self.worked, "guested": self.guested, "projects": self.projects}


@dataclass(frozen=True)
class View:
    snapshot: str
    """Of now."""

    since: str | None
    """The snapshot that the cursor stands for; None when there is none of that number for this person."""

    lost: bool
    """Whether they lost access to something since."""

    memberships: list[str]
    everything: Scope
    kept: Scope
    """What they could see at their cursor already."""

    gained: Scope

    @property
    def starts_anew(self) -> bool:
        return self.since is None or self.lost


def look(cursor: Any, account: str, number: int | None) -> View:
    """By a database cursor inside of the transaction that reads."""
    cursor.execute(SQL, {"account": account, "cursor": number})
    snapshot, since, lost, mine, kept, gained = cursor.fetchone()
    return View(
        snapshot=snapshot,
        since=since,
        lost=lost,
        memberships=[membership for membership, _team, _role, _gained in mine],
        everything=_scope(mine, kept + gained),
        kept=_scope([row for row in mine if not row[3]], kept),
        # A group or a tag may come into a guest's view with a project, in a team that is not new to them.
        gained=_scope([row for row in mine if row[3]], gained, guested=_guested(mine)),
    )


def _scope(mine: list[list[Any]], projects: list[str], guested: list[str] | None = None) -> Scope:
    return Scope(
        teams=[team for _id, team, _role, _gained in mine],
        worked=[team for _id, team, role, _gained in mine if role != "guest"],
        guested=_guested(mine) if guested is None else guested,
        projects=projects,
    )


def _guested(mine: list[list[Any]]) -> list[str]:
    return [team for _id, team, role, _gained in mine if role == "guest"]

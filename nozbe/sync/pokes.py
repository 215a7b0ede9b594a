"""For whom there is news: asked of the database, by the versions of rows. Nobody is told of what they may not see.

A message through Valkey says only when to ask. Whoever writes past it, or loses it, is noticed at the next heartbeat.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from django.db import connection

from nozbe.sync.cursors import newer
from nozbe.sync.selecting import OF_COMMENT, OF_TASK
from nozbe.sync.tables import SYNCED, Seen, SyncedTable

NONE = "NULL::varchar"

SEEN_THROUGH: dict[Seen, tuple[str, str, str]] = {
    # Joins; the project, if it is seen through one; whose it is alone, if it is
    Seen.TEAM: ("", NONE, NONE),
    Seen.COLLEAGUES: ("", NONE, NONE),
    Seen.GROUP: ("", NONE, NONE),
    Seen.TAG: ("", NONE, "r.private_to_id"),
    Seen.PROJECT: ("", "r.project_id", NONE),
    Seen.SHARING: ("", "r.project_id", NONE),
    Seen.TASK: (OF_TASK, "t.project_id", NONE),
    Seen.COMMENT: (OF_COMMENT, "t.project_id", NONE),
    Seen.OWN_PROJECT: ("", "r.project_id", "r.membership_id"),
    Seen.OWN_TASK: (OF_TASK, "t.project_id", "r.membership_id"),
}

WHO = """
WITH held AS MATERIALIZED (
    SELECT id, team_id, account_id, role FROM accounts_membership
    WHERE account_id = ANY(%(accounts)s::varchar[]) AND ended_at IS NULL
),
teams AS MATERIALIZED (SELECT DISTINCT team_id FROM held),
news (team_id, project_id, membership_id) AS MATERIALIZED ({news}),
for_whom AS (
    SELECT held.account_id FROM news JOIN held ON held.team_id = news.team_id
    WHERE (news.membership_id IS NULL OR news.membership_id = held.id) AND CASE
        WHEN news.project_id IS NULL THEN held.role <> 'guest' OR news.membership_id IS NOT NULL
        ELSE EXISTS (SELECT FROM tasks_project WHERE id = news.project_id AND is_open AND held.role <> 'guest')
            OR EXISTS (
                SELECT FROM tasks_projectmember s WHERE s.project_id = news.project_id AND s.membership_id = held.id
            )
    END
    UNION
    SELECT account_id FROM sync_resync x WHERE account_id = ANY(%(accounts)s::varchar[]) AND {lost}
    UNION
    SELECT account_id FROM accounts_membership m WHERE account_id = ANY(%(accounts)s::varchar[]) AND {access}
)
SELECT pg_current_snapshot()::text, ARRAY(SELECT account_id FROM for_whom)
"""


def who_has_news(accounts: Collection[str], since: str) -> tuple[str, set[str]]:
    """Of those accounts, who may see something that was written after the snapshot `since`; and the snapshot of now.

    A little too many rather than too few: whoever is told pulls, and finds nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_sql(), {"accounts": list(accounts), "snapshot": since})
        snapshot, found = cursor.fetchone()
    return snapshot, set(found)


def snapshot_of_now() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


@cache
def _sql() -> str:
    left = (
        "SELECT DISTINCT d.team_id, d.project_id, d.membership_id FROM sync_departure d "  # noqa: S608 — constants alone
        f"WHERE d.team_id IN (SELECT team_id FROM teams) AND {newer('d.version')}"
    )
    branches = [*(_news_of(table) for table in SYNCED), left]
    return WHO.format(news=" UNION ALL ".join(branches), lost=newer("x.version"), access=newer("m.visibility_version"))


def _news_of(table: SyncedTable) -> str:
    joins, project, membership = SEEN_THROUGH[table.seen]
    team = "r.id" if table.name == "teams" else "r.team_id"
    project = "r.id" if table.name == "projects" else project
    return (
        f"SELECT DISTINCT {team}, {project}, {membership} FROM {table.db_table} r {joins} "  # noqa: S608 — of the ledger
        f"WHERE {team} IN (SELECT team_id FROM teams) AND {newer('r.version')}"
    )

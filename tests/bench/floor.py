"""The least that a list and a creation can cost here, served as our own site is: WSGI, and a statement for each act.

Two floors (docs/decisions/0020). `/bare/…` asks nobody who they are. `/…` asks what nobody may leave out: whose the
token is, whether it is good now, and whether that person sees the project, or works in it. Neither has a framework, a
limit, a key, or a record of what was done.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading

import psycopg

COLUMNS = """
    t.id, t.team_id, t.project_id, t.section_id, encode(t.name, 'base64') AS name, t.responsible_id, t.due_on, t.due_at,
    t.time_needed_minutes, t.position, t.ended_at, t.abandoned_at, t.trashed_at, t.created_at, t.changed_at
"""
BARE_LIST = f"""
    SELECT coalesce(json_agg(t), '[]')::text FROM (
        SELECT {COLUMNS} FROM tasks_task t WHERE project_id = %s ORDER BY created_at, id LIMIT 100
    ) t
"""
BARE_CREATE = """
    INSERT INTO tasks_task (id, team_id, project_id, name, position, created_at, changed_at, recurrence_rule,
                            recurrence_mode, recurrence_time_zone, recurrence_done, occurrence, missed)
    VALUES (%s, %s, %s, %s, 'a0', now(), now(), '', '', '', 0, 1, 0)
"""
WHO = "SELECT account_id FROM accounts_apitoken WHERE token_hash = %s AND expires_at > now()"
SEEN = """
    FROM tasks_project p JOIN accounts_membership m ON m.team_id = p.team_id
    WHERE p.id = %(project)s AND m.account_id = %(account)s AND m.ended_at IS NULL AND (
        (p.is_open AND m.role <> 'guest')
        OR EXISTS (SELECT FROM tasks_projectmember s WHERE s.project_id = p.id AND s.membership_id = m.id)
    )
"""
LIST = f"""
    SELECT coalesce(json_agg(t), '[]')::text FROM (
        SELECT {COLUMNS} FROM tasks_task t WHERE project_id = %(project)s AND trashed_at IS NULL AND EXISTS (
            SELECT {SEEN} AND p.trashed_at IS NULL
        ) ORDER BY created_at, id LIMIT 100
    ) t
"""
CREATE = f"""
    INSERT INTO tasks_task (id, team_id, project_id, name, position, created_at, changed_at, recurrence_rule,
                            recurrence_mode, recurrence_time_zone, recurrence_done, occurrence, missed)
    SELECT %(id)s, p.team_id, p.id, %(name)s, 'a0', now(), now(), '', '', '', 0, 1, 0
    {SEEN} AND m.role <> 'guest' AND p.trashed_at IS NULL FOR SHARE OF p, m
"""
SEALED = b"\x01" + bytes(86)

_local = threading.local()


def application(environ, start_response):
    """The words of the path: `bare`, if so; project; and for POST the team. The body of a POST is the ID."""
    if not hasattr(_local, "session"):
        _local.session = psycopg.connect(os.environ["FLOOR_DATABASE"], autocommit=True)
    words = environ["PATH_INFO"].strip("/").split("/")
    body = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
    if words == ["healthz"]:
        answer = b"{}"
    elif words[0] == "bare":
        answer = _bare(words[1:], body, made=environ["REQUEST_METHOD"] == "POST")
    else:
        answer = _asked(environ["HTTP_AUTHORIZATION"], words, body, made=environ["REQUEST_METHOD"] == "POST")
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def _bare(words: list[str], body: dict[str, str], *, made: bool) -> bytes:
    if made:
        _local.session.execute(BARE_CREATE, [body["id"], words[1], words[0], SEALED])
        return json.dumps(body).encode()
    return _local.session.execute(BARE_LIST, [words[0]]).fetchone()[0].encode()


def _asked(authorization: str, words: list[str], body: dict[str, str], *, made: bool) -> bytes:
    token_hash = hashlib.sha256(authorization.partition(" ")[2].encode()).digest()
    (account,) = _local.session.execute(WHO, [token_hash]).fetchone()
    given = {"account": account, "project": words[0]}
    if made:
        done = _local.session.execute(CREATE, given | {"id": body["id"], "name": SEALED})
        assert done.rowcount == 1
        return json.dumps(body).encode()
    return _local.session.execute(LIST, given).fetchone()[0].encode()

"""The least that a list and a creation can cost here: WSGI, one statement, no account, no check, no key.

Served as our own site is. GET answers 100 tasks as PostgreSQL puts them into JSON; POST inserts one.
"""

from __future__ import annotations

import json
import os
import threading

import psycopg

LIST = """
    SELECT coalesce(json_agg(t), '[]')::text FROM (
        SELECT id, team_id, project_id, section_id, encode(name, 'base64') AS name, responsible_id, due_on, due_at,
               time_needed_minutes, position, ended_at, abandoned_at, trashed_at, created_at, changed_at
        FROM tasks_task WHERE project_id = %s ORDER BY created_at, id LIMIT 100
    ) t
"""
CREATE = """
    INSERT INTO tasks_task (id, team_id, project_id, name, position, created_at, changed_at, recurrence_rule,
                            recurrence_mode, recurrence_time_zone, recurrence_done, occurrence, missed)
    VALUES (%s, %s, %s, %s, 'a0', now(), now(), '', '', '', 0, 1, 0)
"""
SEALED = b"\x01" + bytes(86)

_local = threading.local()


def application(environ, start_response):
    """The words of the path: project, and for POST the team. The body of a POST is the ID."""
    if not hasattr(_local, "session"):
        _local.session = psycopg.connect(os.environ["FLOOR_DATABASE"], autocommit=True)
    words = environ["PATH_INFO"].strip("/").split("/")
    if environ["REQUEST_METHOD"] == "POST":
        body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        _local.session.execute(CREATE, [body["id"], words[1], words[0], SEALED])
        answer = json.dumps(body).encode()
    elif words == ["healthz"]:
        answer = b"{}"
    else:
        answer = _local.session.execute(LIST, [words[0]]).fetchone()[0].encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]

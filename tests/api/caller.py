"""Somebody who asks the API with a token, as a program does."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client

from accounts.models import Account, ApiToken


class Caller:
    def __init__(self, account: Account | None = None, *, scope: str = ApiToken.WRITE) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if account is not None:
            _row, text = ApiToken.objects.issue(account, name="test", scope=scope)
            self.headers["Authorization"] = f"Bearer {text}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, f"/api/v1/{path}", data, "application/json", headers=given)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.ask("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.ask("PATCH", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.ask("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self.ask("DELETE", path, **headers)


TABLES = (
    "accounts_account",
    "accounts_apitoken",
    "accounts_invitation",
    "accounts_membership",
    "accounts_team",
    "account_emailaddress",
    "api_storedanswer",
    "encryption_keyring",
    "mfa_authenticator",
    "socialaccount_socialaccount",
    "audit.event",
    "tasks_checklistitem",
    "tasks_comment",
    "tasks_favourite",
    "tasks_priority",
    "tasks_project",
    "tasks_projectgroup",
    "tasks_projectmember",
    "tasks_reaction",
    "tasks_reminder",
    "tasks_section",
    "tasks_tag",
    "tasks_task",
    "tasks_tasktag",
    "django_session",
    "usersessions_usersession",
)


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of accounts, teams and work, to see that nothing changed; but for when a token was used."""
    with connection.cursor() as cursor:
        rows = {}
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(t) - 'last_used_at' FROM {table} t ORDER BY to_jsonb(t)::text")
            rows[table] = [json.loads(row) for (row,) in cursor.fetchall()]
    return rows

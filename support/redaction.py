"""LEDGER 3: every column that support staff may see, and why each other is hidden (promise P15).

Staff see IDs, times, counts and states. Every column of every model is decided here; `tests/rules/test_ledgers.py`
fails for one that was forgotten, and `tests/rules/test_rights.py` holds the database's grants against it: a column
that is not shown here cannot be read by `nz_support`, whatever the code asks for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Redaction:
    shown: tuple[str, ...] = ()
    """Columns staff may see, through views that ask for the customer's grant."""

    own: tuple[str, ...] = ()
    """Columns of the support panel's own tables, which it needs to run. Not about customers."""

    hidden: dict[str, str] | str = ""
    """Column → why it is hidden, or one reason for all that is not listed above."""


REDACTION = {
    "accounts.Account": Redaction(
        # Shown once the views and grants of the support panel exist; no role can read them before.
        shown=("id", "created_at", "country", "time_zone", "language", "last_login"),
        hidden={
            "email": "who it is, support does not need to know",
            "name": "who it is, support does not need to know",
            "password": "a hash is still a secret",
            "access_generation": "part of what sessions are signed with",
        },
    ),
    "account.EmailAddress": Redaction(hidden="who it is, support does not need to know"),
    "account.EmailConfirmation": Redaction(hidden="unused"),
    "accounts.ApiToken": Redaction(
        shown=("id", "created_at", "account_id", "scope", "expires_at", "last_used_at"),
        hidden={"name": "typed by a person", "token_hash": "a hash is still a secret"},
    ),
    "accounts.Invitation": Redaction(
        shown=(
            "id",
            "created_at",
            "team_id",
            "role",
            "invited_by_id",
            "expires_at",
            "sent_at",
            "send_after",
            "failures",
            "accepted_at",
            "revoked_at",
        ),
        hidden={"email": "who it is, support does not need to know"},
    ),
    "accounts.Membership": Redaction(shown=("id", "created_at", "team_id", "account_id", "role", "ended_at")),
    "accounts.Team": Redaction(shown=("id", "created_at"), hidden={"name": "content"}),
    "api.StoredAnswer": Redaction(hidden="answers hold content"),
    "audit.Event": Redaction(
        # Shown once the views and grants of the support panel exist; it can add entries, and read none.
        shown=("id", "at", "verb", "actor", "team", "account", "object"),
        hidden={"xid": "the database's own business", "db_user": "the database's own business"},
    ),
    "audit.Seal": Redaction(hidden="for whoever checks the record, not for help"),
    "auth.Group": Redaction(hidden="unused"),
    "auth.Permission": Redaction(hidden="unused"),
    "auth.Group_permissions": Redaction(hidden="unused"),
    "contenttypes.ContentType": Redaction(hidden="not needed for help"),
    "encryption.FieldKey": Redaction(hidden="a key, though wrapped"),
    "encryption.FileKey": Redaction(hidden="a key, though wrapped"),
    "encryption.Keyring": Redaction(hidden="not needed for help"),
    "mfa.Authenticator": Redaction(hidden="second factors are secrets"),
    "nozbe.Heartbeat": Redaction(hidden="operators' business; the Safety page says what matters"),
    "sessions.Session": Redaction(hidden="would let whoever reads it sign in as the customer"),
    "socialaccount.SocialAccount": Redaction(hidden="who it is, support does not need to know"),
    "socialaccount.SocialApp": Redaction(hidden="unused"),
    "socialaccount.SocialToken": Redaction(hidden="would let whoever reads it act elsewhere"),
    "support.ConsoleSession": Redaction(hidden="the console's"),
    "support.DatabaseAdministrator": Redaction(hidden="the console's"),
    "support.Staff": Redaction(own=("id", "created_at", "email", "pseudonym", "password", "last_login")),
    "support.SupportSession": Redaction(own=("session_key", "session_data", "expire_date")),
    "sync.Correction": Redaction(
        shown=("id", "created_at", "version", "account_id", "table"),
        hidden={"row_id": "typed by a client, whatever that is"},
    ),
    "sync.Cursor": Redaction(shown=("id", "account_id", "snapshot", "created_at")),
    "sync.Departure": Redaction(
        shown=("id", "created_at", "version", "table", "row_id", "team_id", "project_id", "membership_id", "gone")
    ),
    "sync.Resync": Redaction(shown=("id", "created_at", "version", "account_id")),
    "tasks.ChecklistItem": Redaction(
        shown=(
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "position",
            "ended_at",
            "task_id",
            "comment_id",
        ),
        hidden={"name": "content"},
    ),
    "tasks.Comment": Redaction(
        shown=(
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "task_id",
            "author_id",
            "edited_at",
            "pinned_at",
        ),
        hidden={"body": "content"},
    ),
    "tasks.Favourite": Redaction(shown=("id", "created_at", "team_id", "project_id", "membership_id")),
    "tasks.Priority": Redaction(shown=("id", "created_at", "team_id", "task_id", "membership_id", "position")),
    "tasks.Project": Redaction(
        shown=(
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "position",
            "is_open",
            "colour",
            "group_id",
            "author_id",
            "single_of_id",
            "ended_at",
        ),
        hidden={"name": "content"},
    ),
    "tasks.ProjectGroup": Redaction(
        shown=("id", "created_at", "team_id", "changed_at", "trashed_at", "position"), hidden={"name": "content"}
    ),
    "tasks.ProjectMember": Redaction(shown=("id", "created_at", "team_id", "project_id", "membership_id")),
    "tasks.Reaction": Redaction(
        shown=("id", "created_at", "team_id", "comment_id", "author_id"), hidden={"emoji": "content"}
    ),
    "tasks.Reminder": Redaction(
        shown=("id", "created_at", "team_id", "task_id", "membership_id", "at", "on", "minutes_before")
    ),
    "tasks.Section": Redaction(
        shown=("id", "created_at", "team_id", "changed_at", "trashed_at", "position", "project_id", "archived_at"),
        hidden={"name": "content"},
    ),
    "tasks.Tag": Redaction(
        shown=(
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "colour",
            "icon",
            "private_to_id",
            "archived_at",
        ),
        hidden={"name": "content"},
    ),
    "tasks.Task": Redaction(
        shown=(
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "position",
            "project_id",
            "section_id",
            "author_id",
            "responsible_id",
            "due_on",
            "due_at",
            "time_needed_minutes",
            "ended_at",
            "abandoned_at",
            "recurrence_rule",
            "recurrence_mode",
            "recurrence_time_zone",
            "recurrence_starts_on",
            "recurrence_at",
            "recurrence_done",
            "occurrence",
            "series_id",
            "missed",
        ),
        hidden={"name": "content"},
    ),
    "tasks.TaskTag": Redaction(shown=("id", "created_at", "team_id", "task_id", "tag_id")),
    "usersessions.UserSession": Redaction(
        # Devices and sign-ins, once the panel's views exist: when, and by what kind of client.
        shown=("id", "user_id", "created_at", "last_seen_at"),
        hidden={
            "ip": "where the person is",
            "session_key": "would let whoever reads it sign in as the customer",
            "user_agent": "typed by a program; the panel will show the kind of client",
            "data": "unused",
        },
    ),
}

"""The whole table of rights: role × table × verb, as `test_rights.py` holds it against the catalogue."""

from __future__ import annotations

from nozbe.sync.tables import SYNCED

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
ALL_FOUR = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
READ = frozenset({"SELECT"})
OWN = frozenset(VERBS)

RIGHTS: dict[str, dict[str, frozenset[str]]] = {
    "account_emailaddress": {"nz_app": ALL_FOUR},
    "account_emailconfirmation": {"nz_app": ALL_FOUR},
    "accounts_account": {"nz_app": ALL_FOUR},
    "accounts_apitoken": {"nz_app": ALL_FOUR},
    "accounts_invitation": {"nz_app": ALL_FOUR},
    "accounts_membership": {"nz_app": ALL_FOUR},
    "accounts_team": {"nz_app": ALL_FOUR},
    "api_storedanswer": {"nz_app": ALL_FOUR},
    "audit.chain_lock": {"nz_audit_owner": OWN},
    "audit.event": {"nz_audit_owner": OWN, "nz_app": READ, "dba_read": READ},
    "audit.seal": {"nz_audit_owner": OWN, "nz_app": READ, "dba_read": READ},
    "audit.sealing": {"nz_audit_owner": OWN, "nz_app": READ, "dba_read": READ},
    "auth_group": {},
    "auth_group_permissions": {},
    "auth_permission": {},
    "django_content_type": {"nz_app": READ},
    "django_migrations": {"nz_app": READ, "nz_support": READ, "nz_console": READ},
    "django_session": {"nz_app": ALL_FOUR},
    "encryption_fieldkey": {"nz_app": ALL_FOUR},
    "encryption_filekey": {"nz_app": ALL_FOUR},
    "encryption_keyring": {"nz_app": frozenset({"SELECT", "INSERT"}), "dba_read": READ},
    "mfa_authenticator": {"nz_app": ALL_FOUR},
    "nozbe_heartbeat": {"nz_app": ALL_FOUR, "dba_read": READ},
    "socialaccount_socialaccount": {"nz_app": ALL_FOUR},
    "socialaccount_socialapp": {"nz_app": ALL_FOUR},
    "socialaccount_socialtoken": {"nz_app": ALL_FOUR},
    "support_consolesession": {"nz_console": ALL_FOUR},
    "support_databaseadministrator": {"nz_console": READ},
    "support_staff": {"nz_support": READ},
    "support_supportsession": {"nz_support": ALL_FOUR},
    "sync_correction": {"nz_app": ALL_FOUR},
    "sync_cursor": {"nz_app": ALL_FOUR},
    "sync_departure": {"nz_app": ALL_FOUR},
    "sync_resync": {"nz_app": ALL_FOUR},
    "tasks_checklistitem": {"nz_app": ALL_FOUR},
    "tasks_comment": {"nz_app": ALL_FOUR},
    "tasks_favourite": {"nz_app": ALL_FOUR},
    "tasks_priority": {"nz_app": ALL_FOUR},
    "tasks_project": {"nz_app": ALL_FOUR},
    "tasks_projectgroup": {"nz_app": ALL_FOUR},
    "tasks_projectmember": {"nz_app": ALL_FOUR},
    "tasks_reaction": {"nz_app": ALL_FOUR},
    "tasks_reminder": {"nz_app": ALL_FOUR},
    "tasks_section": {"nz_app": ALL_FOUR},
    "tasks_tag": {"nz_app": ALL_FOUR},
    "tasks_task": {"nz_app": ALL_FOUR},
    "tasks_tasktag": {"nz_app": ALL_FOUR},
    "usersessions_usersession": {"nz_app": ALL_FOUR},
}
"""Table → role → what it may do with every column. Tables of the record have their schema before their name."""

COLUMN_RIGHTS: dict[tuple[str, str, str], frozenset[str]] = {
    ("accounts_account", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "country", "time_zone", "language", "last_login"}
    ),
    ("accounts_apitoken", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "account_id", "scope", "expires_at", "last_used_at"}
    ),
    ("accounts_invitation", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "role", "invited_by_id", "expires_at"}
        | {"sent_at", "send_after", "failures", "accepted_at", "revoked_at"}
    ),
    ("accounts_membership", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "account_id", "role", "ended_at"}
    ),
    ("accounts_team", "dba_read", "SELECT"): frozenset({"id", "created_at", "name"}),
    ("encryption_fieldkey", "dba_read", "SELECT"): frozenset({"id", "keyring_id", "epoch", "created_at"}),
    ("encryption_filekey", "dba_read", "SELECT"): frozenset({"file", "keyring_id", "created_at"}),
    ("encryption_keyring", "nz_app", "UPDATE"): frozenset({"owner", "safe_at", "taken_at", "destroyed_at", "gone_at"}),
    ("support_staff", "nz_support", "UPDATE"): frozenset({"password", "last_login"}),
    ("support_databaseadministrator", "nz_console", "UPDATE"): frozenset({"password", "last_login"}),
    ("tasks_checklistitem", "dba_read", "SELECT"): frozenset(
        {
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "position",
            "ended_at",
            "task_id",
            "comment_id",
            "name",
        }
    ),
    ("tasks_comment", "dba_read", "SELECT"): frozenset(
        {
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "task_id",
            "author_id",
            "body",
            "edited_at",
            "pinned_at",
        }
    ),
    ("tasks_favourite", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "project_id", "membership_id"}
    ),
    ("tasks_priority", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "task_id", "membership_id", "position"}
    ),
    ("tasks_project", "dba_read", "SELECT"): frozenset(
        {
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "position",
            "name",
            "is_open",
            "colour",
            "group_id",
            "author_id",
            "single_of_id",
            "ended_at",
        }
    ),
    ("tasks_projectgroup", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "changed_at", "trashed_at", "position", "name"}
    ),
    ("tasks_projectmember", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "project_id", "membership_id"}
    ),
    ("tasks_reaction", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "comment_id", "author_id", "emoji"}
    ),
    ("tasks_reminder", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "task_id", "membership_id", "at", "on", "minutes_before"}
    ),
    ("tasks_section", "dba_read", "SELECT"): frozenset(
        {"id", "created_at", "team_id", "changed_at", "trashed_at", "position", "project_id", "name", "archived_at"}
    ),
    ("tasks_tag", "dba_read", "SELECT"): frozenset(
        {
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "name",
            "colour",
            "icon",
            "private_to_id",
            "archived_at",
        }
    ),
    ("tasks_task", "dba_read", "SELECT"): frozenset(
        {
            "id",
            "created_at",
            "team_id",
            "changed_at",
            "trashed_at",
            "position",
            "project_id",
            "section_id",
            "name",
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
        }
    ),
    ("tasks_tasktag", "dba_read", "SELECT"): frozenset({"id", "created_at", "team_id", "task_id", "tag_id"}),
}
"""(table, role, verb) → the only columns it holds for."""

COLUMNS_OF_NO_MODEL = {
    "audit.chain_lock": {"id"},
    "audit.sealing": {"id", "at", "through_seq", "snapshot", "cluster"},
    "django_migrations": {"id", "app", "name", "applied"},
    # By which transaction a row was written: the database's own matter (nozbe/sync/migrations/0002_versions.py)
    **{table.db_table: {"version"} for table in SYNCED},
    "accounts_membership": {"version", "visibility_version"},
    "tasks_project": {"version", "visibility_version"},
}

"""LEDGER 4: what is copied, where, how often, how long it is kept, and what a restore does with it (P4, P13).

Two halves: the places data lives in, and every table of the database. `tests/rules/test_ledgers.py` fails for a model
that was forgotten. `built` says whether a copy is really made today: the Safety page must not claim what is planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, kw_only=True)
class Place:
    holds: str
    copied_to: str
    how_often: str
    kept: str
    built: bool


PLACES = {
    "postgresql": Place(
        holds="accounts, work (content sealed), the record",
        copied_to="two hot standbys; S3 in Paris; a second store under other credentials",
        how_often="continuously, and a base backup every day",
        kept="30 days",
        built=False,
    ),
    "object stores": Place(
        holds="files, sealed while they were uploaded",
        copied_to="each other: a file is acknowledged when two countries hold it",
        how_often="at once",
        kept="until the file is purged",
        built=False,
    ),
    "key server": Place(
        holds="team and account keys",
        copied_to="its own raft members in three countries; snapshots in Paris",
        how_often="at once; a snapshot before new keys are used",
        kept="7 days, so that a destroyed key is soon gone everywhere",
        built=False,
    ),
    "valkey": Place(
        holds="nothing that is not also in the database",
        copied_to="nowhere",
        how_often="never",
        kept="until it restarts",
        built=True,
    ),
}


class AfterRestore(Enum):
    """What a restored database does with a table's rows before it serves anyone."""

    AS_IT_WAS = "kept as they were at that moment"
    REPLAYED = "kept, but for erasures and purges that are newer than the backup"
    EMPTIED = "deleted: they would open doors that were closed since, or describe another machine"


TABLES = {
    "account.EmailAddress": AfterRestore.REPLAYED,
    "account.EmailConfirmation": AfterRestore.REPLAYED,
    "accounts.Account": AfterRestore.REPLAYED,
    "accounts.ApiToken": AfterRestore.REPLAYED,
    "accounts.Invitation": AfterRestore.REPLAYED,
    "accounts.Membership": AfterRestore.REPLAYED,
    "accounts.Team": AfterRestore.REPLAYED,
    "api.StoredAnswer": AfterRestore.REPLAYED,
    "audit.Event": AfterRestore.AS_IT_WAS,
    "audit.Seal": AfterRestore.AS_IT_WAS,
    "auth.Group": AfterRestore.AS_IT_WAS,
    "auth.Group_permissions": AfterRestore.AS_IT_WAS,
    "auth.Permission": AfterRestore.AS_IT_WAS,
    "contenttypes.ContentType": AfterRestore.AS_IT_WAS,
    "encryption.FieldKey": AfterRestore.REPLAYED,
    "encryption.FileKey": AfterRestore.REPLAYED,
    "encryption.Keyring": AfterRestore.REPLAYED,
    "mfa.Authenticator": AfterRestore.REPLAYED,
    "nozbe.Heartbeat": AfterRestore.EMPTIED,
    "sessions.Session": AfterRestore.EMPTIED,
    "socialaccount.SocialAccount": AfterRestore.REPLAYED,
    "socialaccount.SocialApp": AfterRestore.AS_IT_WAS,
    "socialaccount.SocialToken": AfterRestore.EMPTIED,
    "support.ConsoleSession": AfterRestore.EMPTIED,
    "support.DatabaseAdministrator": AfterRestore.AS_IT_WAS,
    "support.Staff": AfterRestore.AS_IT_WAS,
    "support.SupportSession": AfterRestore.EMPTIED,
    "sync.Correction": AfterRestore.EMPTIED,
    "sync.Cursor": AfterRestore.EMPTIED,
    "sync.Departure": AfterRestore.REPLAYED,
    "sync.Resync": AfterRestore.EMPTIED,
    "tasks.ChecklistItem": AfterRestore.REPLAYED,
    "tasks.Comment": AfterRestore.REPLAYED,
    "tasks.Favourite": AfterRestore.REPLAYED,
    "tasks.Priority": AfterRestore.REPLAYED,
    "tasks.Project": AfterRestore.REPLAYED,
    "tasks.ProjectGroup": AfterRestore.REPLAYED,
    "tasks.ProjectMember": AfterRestore.REPLAYED,
    "tasks.Reaction": AfterRestore.REPLAYED,
    "tasks.Reminder": AfterRestore.REPLAYED,
    "tasks.Section": AfterRestore.REPLAYED,
    "tasks.Tag": AfterRestore.REPLAYED,
    "tasks.Task": AfterRestore.REPLAYED,
    "tasks.TaskTag": AfterRestore.REPLAYED,
    "usersessions.UserSession": AfterRestore.EMPTIED,
}
"""Every model is in the base backup and the WAL; this says what becomes of its rows in a restore."""

"""LEDGER 1: every table and column that leaves the server by sync, and who may see it.

The wire is never the schema: a column that is not named here does not exist for clients. Every model of the project
stands in exactly one of the two lists below; `tests/rules/test_ledgers.py` fails for one that was forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class SyncedTable:
    model: str
    """`app_label.ModelName`."""

    columns: dict[str, Literal["string", "number", "boolean"]]
    """What clients get: column → WatermelonDB type."""

    kept_back: dict[str, str]
    """Columns that stay on the server → why."""

    seen_by: str
    """Who may see a row, in words."""


SYNCED: tuple[SyncedTable, ...] = ()
"""Nothing leaves yet: projects and tasks come with `tasks`."""

STAYS_ON_THE_SERVER = {
    "account.EmailAddress": "one's own are read through /me/email",
    "account.EmailConfirmation": "unused: confirmations are signed, not stored",
    "accounts.Account": "one's own is read through /me; colleagues' names will leave as team members",
    "accounts.ApiToken": "would let whoever reads it act",
    "accounts.Invitation": "for those who manage a team, through REST and pages",
    "accounts.Membership": "colleagues will leave as team members, with sync itself",
    "accounts.Team": "will leave with sync itself",
    "api.StoredAnswer": "answers to requests already answered",
    "audit.Event": "the record is read through pages of its own, not by sync",
    "audit.Seal": "the record is read through pages of its own, not by sync",
    "auth.Group": "unused part of Django",
    "auth.Group_permissions": "unused part of Django",
    "auth.Permission": "unused part of Django",
    "contenttypes.ContentType": "Django's own list of models",
    "encryption.FieldKey": "a key, though wrapped",
    "encryption.Keyring": "about keys, of no use to clients",
    "mfa.Authenticator": "second factors",
    "nozbe.Heartbeat": "about the service, not about anybody's work",
    "sessions.Session": "would let whoever reads it sign in",
    "socialaccount.SocialAccount": "how one signs in",
    "socialaccount.SocialApp": "unused: providers are configured, not stored",
    "socialaccount.SocialToken": "unused: tokens of providers are not kept",
    "support.ConsoleSession": "the console's own",
    "support.DatabaseAdministrator": "staff are not part of the product",
    "support.Staff": "staff are not part of the product",
    "support.SupportSession": "the support panel's own",
    "tasks.ChecklistItem": "will leave with sync itself",
    "tasks.Comment": "will leave with sync itself",
    "tasks.Favourite": "will leave with sync itself, to whose it is",
    "tasks.Priority": "will leave with sync itself, to whose it is",
    "tasks.Project": "will leave with sync itself",
    "tasks.ProjectGroup": "will leave with sync itself",
    "tasks.ProjectMember": "will leave with sync itself",
    "tasks.Reaction": "will leave with sync itself",
    "tasks.Reminder": "will leave with sync itself, to whose it is",
    "tasks.Section": "will leave with sync itself",
    "tasks.Tag": "will leave with sync itself",
    "tasks.Task": "will leave with sync itself",
    "tasks.TaskTag": "will leave with sync itself",
    "usersessions.UserSession": "one's own are read through /me/sessions",
}
"""Model → why clients never see it."""

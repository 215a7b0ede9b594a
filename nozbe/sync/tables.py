"""LEDGER 1: every table and column that leaves the server by sync, and who may see it.

The wire is never the schema: a column that is not named here does not exist for clients. Every model of the project
stands in exactly one of the two lists below; `tests/rules/test_ledgers.py` fails for one that was forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from nozbe.sync.columns import Column, day_or_moment, flag, moment, number, pointer, said, sealed, text, whether

SCHEMA_VERSION = 1
"""Of all tables together. One more whenever a table or a column is added; none is ever taken away or renamed."""


class Seen(Enum):
    """The way from a row to whoever may see it; `scopes` has the SQL of each."""

    TEAM = "members of the team"
    COLLEAGUES = "members of the team, as long as it is about one of them"
    GROUP = "members of the team; of guests, those who see a project in it"
    TAG = "members of the team, or one alone; of guests, those who see a task with it"
    PROJECT = "whoever may enter the project"
    SHARING = "whoever may enter the project, as long as it is about a member of the team"
    TASK = "whoever may enter the task's project"
    COMMENT = "whoever may enter the project of the comment's task"
    OWN_PROJECT = "the member whose it is, as long as they may enter the project"
    OWN_TASK = "the member whose it is, as long as they may enter the task's project"


@dataclass(frozen=True, kw_only=True)
class SyncedTable:
    name: str
    """On the wire."""

    model: str
    """`app_label.ModelName`."""

    seen: Seen
    columns: tuple[Column, ...]
    """What clients get, beside the ID."""

    kept_back: dict[str, str] = field(default_factory=dict)
    """Columns of the database that stay on the server → why."""

    written: bool = True
    """Whether clients may write any of it."""

    @property
    def db_table(self) -> str:
        return self.model.replace(".", "_").lower()

    @cached_property
    def sealed(self) -> Column | None:
        """The one column of content, if there is one (docs/decisions/0018)."""
        return next((column for column in self.columns if column.sealed), None)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


TEAM = pointer("team_id", fixed=True)
KEPT = {"created_at": "of no use to anybody"}
CHANGED = {"changed_at": "for whoever asks REST what changed"}
OURS = {"membership_id": "nobody gets anybody else's"}

SYNCED: tuple[SyncedTable, ...] = (
    SyncedTable(
        name="teams", model="accounts.Team", seen=Seen.TEAM, written=False,
        columns=(sealed("name"),), kept_back=KEPT,
    ),
    SyncedTable(
        name="members", model="accounts.Membership", seen=Seen.COLLEAGUES, written=False,
        columns=(
            TEAM, pointer("account_id"), text("role"),
            Column(
                name="name", type="string", reads=(),
                sql="(SELECT name FROM accounts_account WHERE id = r.account_id)",
            ),
        ),
        kept_back=KEPT | {"ended_at": "who left is no member"},
    ),
    SyncedTable(
        name="project_groups", model="tasks.ProjectGroup", seen=Seen.GROUP,
        columns=(TEAM, sealed("name"), text("position"), moment("trashed_at")),
        kept_back=KEPT | CHANGED,
    ),
    SyncedTable(
        name="projects", model="tasks.Project", seen=Seen.PROJECT,
        columns=(
            TEAM, pointer("group_id", optional=True), pointer("author_id", optional=True, given=False),
            sealed("name"), text("position"), flag("is_open"), text("colour"),
            whether("is_single", "single_of_id"),
            moment("ended_at"), moment("trashed_at"), moment("created_at", optional=False, given=False),
        ),
        kept_back=CHANGED,
    ),
    SyncedTable(
        name="project_members", model="tasks.ProjectMember", seen=Seen.SHARING,
        columns=(TEAM, pointer("project_id", fixed=True), pointer("member_id", of="membership_id", fixed=True)),
        kept_back=KEPT,
    ),
    SyncedTable(
        name="favourites", model="tasks.Favourite", seen=Seen.OWN_PROJECT,
        columns=(TEAM, pointer("project_id", fixed=True)),
        kept_back=KEPT | OURS,
    ),
    SyncedTable(
        name="sections", model="tasks.Section", seen=Seen.PROJECT,
        columns=(
            TEAM, pointer("project_id", fixed=True), sealed("name"), text("position"), moment("archived_at"),
            moment("trashed_at"),
        ),
        kept_back=KEPT | CHANGED,
    ),
    SyncedTable(
        name="tags", model="tasks.Tag", seen=Seen.TAG,
        columns=(
            TEAM, sealed("name"), text("colour"), text("icon", optional=True),
            whether("is_private", "private_to_id", given=True),
            moment("archived_at"), moment("trashed_at"),
        ),
        kept_back=KEPT | CHANGED,
    ),
    SyncedTable(
        name="tasks", model="tasks.Task", seen=Seen.PROJECT,
        columns=(
            TEAM, pointer("project_id"), pointer("section_id", optional=True), sealed("name"),
            pointer("author_id", optional=True, given=False), pointer("responsible_id", optional=True),
            text("position"), *day_or_moment("due_at", day="due_on", moment="due_at"),
            number("time_needed_minutes", optional=True), moment("ended_at"), moment("abandoned_at"),
            text("recurrence_rule", optional=True), text("recurrence_mode", optional=True),
            text("recurrence_time_zone", optional=True), number("occurrence", given=False),
            said("completed_occurrence"), whether("is_past_occurrence", "series_id"),
            number("missed", given=False), moment("trashed_at"), moment("created_at", optional=False, given=False),
        ),
        kept_back=CHANGED | {
            "recurrence_starts_on": "follows from the rule and the due date it began with",
            "recurrence_at": "follows from the due date",
            "recurrence_done": "for the server's counting",
        },
    ),
    SyncedTable(
        name="comments", model="tasks.Comment", seen=Seen.TASK,
        columns=(
            TEAM, pointer("task_id", fixed=True), pointer("author_id", optional=True, given=False), sealed("body"),
            moment("edited_at", given=False), moment("pinned_at"), moment("trashed_at"),
            moment("created_at", optional=False, given=False),
        ),
        kept_back=CHANGED,
    ),
    SyncedTable(
        name="reactions", model="tasks.Reaction", seen=Seen.COMMENT,
        columns=(
            TEAM, pointer("comment_id", fixed=True), pointer("author_id", optional=True, given=False),
            sealed("emoji", fixed=True),
        ),
        kept_back=KEPT,
    ),
    SyncedTable(
        name="checklist_items", model="tasks.ChecklistItem", seen=Seen.TASK,
        columns=(
            TEAM, pointer("task_id", fixed=True), pointer("comment_id", optional=True, fixed=True), sealed("name"),
            text("position"), moment("ended_at"), moment("trashed_at"),
        ),
        kept_back=KEPT | CHANGED,
    ),
    SyncedTable(
        name="task_tags", model="tasks.TaskTag", seen=Seen.TASK,
        columns=(TEAM, pointer("task_id", fixed=True), pointer("tag_id", fixed=True)),
        kept_back=KEPT,
    ),
    SyncedTable(
        name="reminders", model="tasks.Reminder", seen=Seen.OWN_TASK,
        columns=(
            TEAM, pointer("task_id", fixed=True), *day_or_moment("at", day="on", moment="at"),
            number("minutes_before", optional=True),
        ),
        kept_back=KEPT | OURS,
    ),
    SyncedTable(
        name="priorities", model="tasks.Priority", seen=Seen.OWN_TASK,
        columns=(TEAM, pointer("task_id", fixed=True), text("position")),
        kept_back=KEPT | OURS,
    ),
)  # fmt: skip
"""Parents before their children: in this order pushes are written."""

BY_NAME = {table.name: table for table in SYNCED}

STAYS_ON_THE_SERVER = {
    "account.EmailAddress": "one's own are read through /me/email",
    "account.EmailConfirmation": "unused: confirmations are signed, not stored",
    "accounts.Account": "one's own is read through /me; colleagues' names leave with their memberships",
    "accounts.ApiToken": "would let whoever reads it act",
    "accounts.Invitation": "for those who manage a team, through REST and pages",
    "api.StoredAnswer": "answers to requests already answered",
    "audit.Event": "the record is read through pages of its own, not by sync",
    "audit.Seal": "the record is read through pages of its own, not by sync",
    "auth.Group": "unused part of Django",
    "auth.Group_permissions": "unused part of Django",
    "auth.Permission": "unused part of Django",
    "contenttypes.ContentType": "Django's own list of models",
    "encryption.FieldKey": "a key, though wrapped",
    "encryption.FileKey": "a key, though wrapped",
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
    "sync.Correction": "of use to sync alone",
    "sync.Cursor": "of use to sync alone",
    "sync.Departure": "what is gone is told as a deletion",
    "sync.Resync": "of use to sync alone",
    "usersessions.UserSession": "one's own are read through /me/sessions",
}
"""Model → why clients never see it."""

"""LEDGER 2: what an erasure destroys, in what order, and what is kept and why (promises P10 to P13).

Every model of the project stands in exactly one of the two lists; `tests/rules/test_ledgers.py` fails for one that
was forgotten. The job that walks this plan comes with cancellation; until then no account can be cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Destroyed:
    model: str
    """`app_label.ModelName`."""

    belongs_to: str
    """How its rows are found, from the account or team that ends."""


DESTROYED: tuple[Destroyed, ...] = (
    # Keys end first: from then on nothing opens, wherever a copy may be.
    # Then access, then what is the person's, then the person.
    Destroyed(model="encryption.FieldKey", belongs_to="the keyring of the team or account"),
    Destroyed(model="encryption.FileKey", belongs_to="the keyring of the team; a file's own, with the file"),
    Destroyed(model="sessions.Session", belongs_to="the account whose ID the session carries"),
    Destroyed(model="usersessions.UserSession", belongs_to="the account"),
    Destroyed(model="accounts.ApiToken", belongs_to="the account"),
    Destroyed(model="mfa.Authenticator", belongs_to="the account"),
    Destroyed(model="socialaccount.SocialToken", belongs_to="the account's sign-in elsewhere"),
    Destroyed(model="socialaccount.SocialAccount", belongs_to="the account"),
    Destroyed(model="api.StoredAnswer", belongs_to="the account whose ID it carries"),
    Destroyed(model="sync.Cursor", belongs_to="the account"),
    Destroyed(model="sync.Correction", belongs_to="the account"),
    Destroyed(model="sync.Resync", belongs_to="the account whose ID it carries"),
    Destroyed(model="tasks.Reaction", belongs_to="the team"),
    Destroyed(model="tasks.ChecklistItem", belongs_to="the team"),
    Destroyed(model="tasks.Comment", belongs_to="the team"),
    Destroyed(model="tasks.TaskTag", belongs_to="the team"),
    Destroyed(model="tasks.Tag", belongs_to="the team; a private one, the membership"),
    Destroyed(model="tasks.Reminder", belongs_to="the team or the membership"),
    Destroyed(model="tasks.Priority", belongs_to="the team or the membership"),
    Destroyed(model="tasks.Task", belongs_to="the team"),
    Destroyed(model="tasks.Section", belongs_to="the team"),
    Destroyed(model="tasks.Favourite", belongs_to="the team or the membership"),
    Destroyed(model="tasks.ProjectMember", belongs_to="the team or the membership"),
    Destroyed(model="tasks.Project", belongs_to="the team; Single tasks, the membership"),
    Destroyed(model="tasks.ProjectGroup", belongs_to="the team"),
    Destroyed(model="sync.Departure", belongs_to="the team whose ID it carries, after its last row"),
    Destroyed(model="accounts.Invitation", belongs_to="the team, or the account that invited or is invited"),
    Destroyed(model="accounts.Membership", belongs_to="the team or the account"),
    Destroyed(model="accounts.Team", belongs_to="itself"),
    Destroyed(model="account.EmailConfirmation", belongs_to="the address"),
    Destroyed(model="account.EmailAddress", belongs_to="the account"),
    Destroyed(model="accounts.Account", belongs_to="itself"),
)
"""In the order of destruction."""

KEPT = {
    "audit.Event": "IDs and verbs alone, which name nobody once the account is gone; the record is only ever added to",
    "audit.Seal": "hashes of the record",
    "auth.Group": "holds no personal data; unused",
    "auth.Permission": "holds no personal data; unused",
    "auth.Group_permissions": "holds no personal data; unused",
    "contenttypes.ContentType": "names of models, no personal data",
    "encryption.Keyring": "an ID and when its key was destroyed, so that it is destroyed again after any restore",
    "socialaccount.SocialApp": "names of sign-in providers, no personal data; unused",
    "nozbe.Heartbeat": "about the service, no personal data",
    "support.ConsoleSession": "belongs to our own administrators, ends with their session",
    "support.DatabaseAdministrator": "our own people, who are accountable for what they did; not customers",
    "support.Staff": "our own people, who are accountable for what they did; not customers",
    "support.SupportSession": "belongs to our own staff, ends with their session",
}
"""Model → why an erasure leaves it."""

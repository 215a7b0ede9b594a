"""Everything an entry of the record can say was done. A closed list, here and in the database (`audit.verb`).

A new one needs a line here and `nozbe.audit.operations.AddVerbs` in a migration of the app that says it; a test holds
both together. It is never renamed: its name is hashed into the chain.
"""

from enum import StrEnum


class Verb(StrEnum):
    KEY_MADE = "key.made"
    KEY_DESTROYED = "key.destroyed"
    KEYS_ROTATED = "keys.rotated"
    KEYS_REWRAPPED = "keys.rewrapped"
    RECORD_RESTORED = "record.restored"
    ACCOUNT_MADE = "account.made"
    ACCOUNT_CHANGED = "account.changed"
    SIGNED_IN = "account.signed_in"
    ACCESS_ENDED = "access.ended"
    SESSION_ENDED = "session.ended"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 — a verb
    EMAIL_CHANGED = "email.changed"
    FACTOR_ADDED = "factor.added"
    FACTOR_REMOVED = "factor.removed"
    TOKEN_MADE = "token.made"  # noqa: S105 — a verb
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 — a verb
    TEAM_MADE = "team.made"
    TEAM_RENAMED = "team.renamed"
    TEAM_HANDED_OVER = "team.handed_over"
    MEMBER_JOINED = "member.joined"
    MEMBER_LEFT = "member.left"
    MEMBER_REMOVED = "member.removed"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    INVITATION_MADE = "invitation.made"
    INVITATION_REVOKED = "invitation.revoked"

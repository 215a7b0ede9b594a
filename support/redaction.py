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
        },
    ),
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
    "encryption.Keyring": Redaction(hidden="not needed for help"),
    "nozbe.Heartbeat": Redaction(hidden="operators' business; the Safety page says what matters"),
    "sessions.Session": Redaction(hidden="would let whoever reads it sign in as the customer"),
    "support.ConsoleSession": Redaction(hidden="the console's"),
    "support.DatabaseAdministrator": Redaction(hidden="the console's"),
    "support.Staff": Redaction(own=("id", "created_at", "email", "pseudonym", "password", "last_login")),
    "support.SupportSession": Redaction(own=("session_key", "session_data", "expire_date")),
}

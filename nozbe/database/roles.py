"""Every role of the database cluster, and the service or seat it belongs to (promise P14).

Roles are cluster-wide: `bootstrap` creates them, migrations only grant. A test holds the catalogue against this list,
so a role that is not here cannot exist unnoticed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Role:
    name: str
    belongs_to: str
    login: bool = False
    connection_limit: int = -1
    member_of: tuple[str, ...] = ()
    """Roles it may `SET ROLE` to; nothing is inherited by these."""

    inherits: tuple[str, ...] = ()
    """Roles whose rights it simply has."""

    idle_in_transaction_seconds: int = 0
    """How long a session may keep a transaction open and do nothing, unless it asks for longer; 0 is for ever."""


ROLES = (
    Role(name="nz_owner", belongs_to="owns every table; only migrations act as it"),
    Role(name="nz_audit_owner", belongs_to="owns the record, which nobody may change"),
    Role(name="nz_migrate", belongs_to="migrations", login=True, member_of=("nz_owner", "nz_audit_owner")),
    Role(name="nz_app", belongs_to="web site, event streams, worker", login=True),
    # Both put looks on record before they happen, under a lock for which all others wait (docs/record.md).
    Role(name="nz_support", belongs_to="support panel", login=True, idle_in_transaction_seconds=10),
    Role(name="nz_console", belongs_to="privileged console", login=True, idle_in_transaction_seconds=10),
    Role(name="dba_read", belongs_to="what a database administrator's session may read"),
    Role(name="dba_rw", belongs_to="what an approved change of a database administrator may write"),
    # Four seats, no fifth. They cannot sign in until the console opens a session for the person in the seat.
    Role(name="dba_seat_1", belongs_to="first database administrator", connection_limit=1, inherits=("dba_read",)),
    Role(name="dba_seat_2", belongs_to="second database administrator", connection_limit=1, inherits=("dba_read",)),
    Role(name="dba_seat_3", belongs_to="third database administrator", connection_limit=1, inherits=("dba_read",)),
    Role(name="dba_seat_4", belongs_to="fourth database administrator", connection_limit=1, inherits=("dba_read",)),
)

LOGIN_ROLES = tuple(role.name for role in ROLES if role.login)
OWNER = "nz_owner"

"""Create the roles and the database, on any PostgreSQL from 16 on, superuser or not. Safe to run again.

A managed PostgreSQL gives no superuser, only a role with CREATEROLE and CREATEDB. Since version 16 such a role gets
ADMIN on what it creates (PostgreSQL 16 release notes, E.1.2), and with it may grant itself the right to make
`nz_owner` the owner of the database; it takes that right back at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import psycopg
from psycopg import sql

from nozbe.database.roles import LOGIN_ROLES, OWNER, ROLES, Role

MINIMUM_VERSION = 160000


class CannotBootstrap(Exception):
    """The cluster is too old, or the connecting role may not create roles or databases."""


def bootstrap(
    connection: psycopg.Connection,
    *,
    database: str,
    passwords: Mapping[str, str],
    owner_may_create_databases: bool = False,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Make the cluster hold exactly what `roles.ROLES` says, and `database`, owned by `nz_owner`.

    `connection` must be in autocommit mode and to any other database of the cluster. `passwords` maps login roles to
    new passwords; roles left out keep theirs. `owner_may_create_databases` is for test clusters. Raises
    `CannotBootstrap` before anything is changed.
    """
    _refuse_when_impossible(connection, passwords)
    with connection.transaction():
        # One bootstrap at a time; the number is arbitrary and only ours.
        connection.execute("SELECT pg_advisory_xact_lock(7214306501)")
        existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES:
            _create_or_correct(connection, role, exists=role.name in existing, report=report)
        _revoke_foreign_memberships(connection, report=report)
        for role in ROLES:
            _grant_memberships(connection, role)
        for name, password in passwords.items():
            _set_password(connection, name, password)
        create = sql.SQL("CREATEDB" if owner_may_create_databases else "NOCREATEDB")
        connection.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(OWNER), create))
    _create_database(connection, database, report=report)


def _refuse_when_impossible(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    if unknown := set(passwords) - set(LOGIN_ROLES):
        raise CannotBootstrap(f"no such login role: {', '.join(sorted(unknown))}")
    if connection.info.server_version < MINIMUM_VERSION:
        raise CannotBootstrap(f"PostgreSQL 16 or newer is needed; this is {connection.info.server_version // 10000}")
    query = "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
    row = connection.execute(query).fetchone()
    if row is None or not row[0]:
        raise CannotBootstrap("the connecting role needs CREATEROLE and CREATEDB")
    query = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls OR rolreplication)"
    mighty = connection.execute(query, [[role.name for role in ROLES]]).fetchall()
    if mighty and not _is_superuser(connection):
        names = ", ".join(name for (name,) in mighty)
        raise CannotBootstrap(f"only a superuser can take SUPERUSER, BYPASSRLS or REPLICATION from {names}")


def _create_or_correct(
    connection: psycopg.Connection, role: Role, *, exists: bool, report: Callable[[str], None]
) -> None:
    """Seats keep the LOGIN that an open console session may have given them; all others are put right."""
    name = sql.Identifier(role.name)
    if exists:  # a role may set defaults for itself, which would outlive whoever took it over
        connection.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(name))
    login = sql.SQL("LOGIN" if role.login else "NOLOGIN")
    limit = sql.SQL("CONNECTION LIMIT {}").format(sql.Literal(role.connection_limit))
    if exists and _is_superuser(connection):  # nobody else may even say so
        connection.execute(sql.SQL("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS NOREPLICATION").format(name))
    if not exists:
        connection.execute(sql.SQL("CREATE ROLE {} {} {}").format(name, login, limit))
        report(f"created role {role.name}")
    elif role.name.startswith("dba_seat_"):
        connection.execute(sql.SQL("ALTER ROLE {} NOCREATEROLE NOCREATEDB {}").format(name, limit))
    else:
        connection.execute(sql.SQL("ALTER ROLE {} {} NOCREATEROLE NOCREATEDB {}").format(name, login, limit))
    if role.idle_in_transaction_seconds:
        idle = sql.SQL("ALTER ROLE {} SET idle_in_transaction_session_timeout = {}")
        connection.execute(idle.format(name, sql.Literal(f"{role.idle_in_transaction_seconds}s")))


def _revoke_foreign_memberships(connection: psycopg.Connection, *, report: Callable[[str], None]) -> None:
    """End every membership, of or in our roles, that is not in the list: nobody is a fifth administrator by grant.

    The ADMIN that a managed server's administrator has on roles it created lets it act as none of them; it stays.
    """
    expected = {(role.name, group) for role in ROLES for group in (*role.member_of, *role.inherits)}
    query = """
        SELECT m.rolname, g.rolname, grantor.rolname FROM pg_auth_members a
        JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
        JOIN pg_roles grantor ON grantor.oid = a.grantor
        WHERE (a.inherit_option OR a.set_option) AND (m.rolname = ANY(%(ours)s) OR g.rolname = ANY(%(ours)s))
    """
    for member, group, grantor in connection.execute(query, {"ours": [role.name for role in ROLES]}).fetchall():
        if (member, group) not in expected:
            revoke = sql.SQL("REVOKE {} FROM {} GRANTED BY {}")
            connection.execute(revoke.format(*map(sql.Identifier, (group, member, grantor))))
            report(f"took {group} from {member}")


def _grant_memberships(connection: psycopg.Connection, role: Role) -> None:
    member = sql.Identifier(role.name)
    for group in role.member_of:
        grant = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE")
        connection.execute(grant.format(sql.Identifier(group), member))
    for group in role.inherits:
        grant = sql.SQL("GRANT {} TO {} WITH INHERIT TRUE, SET FALSE")
        connection.execute(grant.format(sql.Identifier(group), member))


def _set_password(connection: psycopg.Connection, name: str, password: str) -> None:
    """Send the SCRAM verifier, not the password, which a server log could otherwise hold in clear."""
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier))
    connection.execute(statement)


def _create_database(connection: psycopg.Connection, database: str, *, report: Callable[[str], None]) -> None:
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
    owned_by = connection.execute(query, [database]).fetchone()
    if owned_by is not None and owned_by[0] != OWNER:
        _hand_over(connection, database, owned_by[0])
        report(f"gave database {database} from {owned_by[0]} to {OWNER}")
    if owned_by is None:
        owner, me = sql.Identifier(OWNER), sql.SQL("CURRENT_USER")
        superuser = _is_superuser(connection)
        if not superuser:
            connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(owner, me))
        try:
            create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
            connection.execute(create.format(sql.Identifier(database), owner))
        finally:
            if not superuser:
                connection.execute(sql.SQL("REVOKE {} FROM {}").format(owner, me))
        report(f"created database {database}")


def _hand_over(connection: psycopg.Connection, database: str, owned_by: str) -> None:
    try:
        with connection.transaction():
            change = sql.SQL("ALTER DATABASE {} OWNER TO {}")
            connection.execute(change.format(sql.Identifier(database), sql.Identifier(OWNER)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise CannotBootstrap(
            f"database {database} belongs to {owned_by}; let its owner or a superuser run "
            f"ALTER DATABASE {database} OWNER TO {OWNER}"
        ) from error


def _is_superuser(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return row is not None and bool(row[0])

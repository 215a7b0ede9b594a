"""Each process can do in the database what its role allows, and nothing else: role × table × verb.

The whole table stands in `rights.py`. A new table, a new role or a new grant fails here
until somebody has decided about it.
"""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from nozbe.database.roles import LOGIN_ROLES, ROLES
from support.redaction import REDACTION
from tests.rules.rights import COLUMN_RIGHTS, COLUMNS_OF_NO_MODEL, RIGHTS, VERBS
from tests.servers import password_of, ports, superuser

pytestmark = pytest.mark.django_db

OWNERS = {"nz_owner", "nz_migrate"}  # nz_migrate by SET ROLE
SEATS = tuple(role.name for role in ROLES if role.name.startswith("dba_seat_"))
SUBJECTS = tuple(role.name for role in ROLES if role.name not in OWNERS)


def effective(role: str) -> str:
    """A seat has what dba_read has."""
    return "dba_read" if role in SEATS else role


def database() -> str:
    return connection.settings_dict["NAME"]


@pytest.fixture
def as_superuser():
    with superuser(database=database()) as session:
        yield session


NAME = "CASE nspname WHEN 'public' THEN relname ELSE nspname || '.' || relname END"


def tables(session: psycopg.Connection) -> list[str]:
    query = f"""
        SELECT {NAME} FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema')
    """
    return sorted(name for (name,) in session.execute(query) if not name.startswith("notes_"))  # of tests alone


def test_every_table_stands_in_the_table_of_rights(as_superuser):
    assert tables(as_superuser) == sorted(RIGHTS), "decide in tests/rules/rights.py"


@pytest.mark.parametrize("role", SUBJECTS)
def test_the_catalogue_gives_each_role_exactly_its_rights(as_superuser, role):
    found, expected = {}, {}
    for table in tables(as_superuser):
        for verb in VERBS:
            query = "SELECT has_table_privilege(%s, %s, %s)"
            found[table, verb] = as_superuser.execute(query, [role, table, verb]).fetchone()[0]
            expected[table, verb] = verb in RIGHTS[table].get(effective(role), frozenset())
    assert found == expected


@pytest.mark.parametrize("role", SUBJECTS)
@pytest.mark.parametrize("verb", ["SELECT", "INSERT", "UPDATE", "REFERENCES"])
def test_the_catalogue_gives_each_role_exactly_its_columns(as_superuser, role, verb):
    query = f"""
        SELECT {NAME}, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        JOIN pg_namespace n ON n.oid = relnamespace
        WHERE attnum > 0 AND NOT attisdropped AND {NAME} = ANY(%s) AND has_column_privilege(%s, c.oid, attnum, %s)
    """
    found = {tuple(row) for row in as_superuser.execute(query, [list(RIGHTS), role, verb])}
    assert found == allowed_columns(role, verb)


def allowed_columns(role: str, verb: str) -> set[tuple[str, str]]:
    columns = set()
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table.replace('"', "")
        if table not in RIGHTS:
            continue
        names = {field.column for field in model._meta.local_fields}
        if verb not in RIGHTS[table].get(effective(role), frozenset()):
            names &= COLUMN_RIGHTS.get((table, effective(role), verb), frozenset())
        columns |= {(table, name) for name in names}
    for table, names in COLUMNS_OF_NO_MODEL.items():
        if verb in RIGHTS[table].get(effective(role), frozenset()):
            columns |= {(table, name) for name in names}
    return columns


ATTEMPTS = {
    "SELECT": "SELECT * FROM {table} LIMIT 1",
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE": 'UPDATE {table} SET "{column}" = NULL',
    "DELETE": "DELETE FROM {table}",
    "TRUNCATE": "TRUNCATE {table} CASCADE",
}


def sign_in(role: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=ports()["postgresql"], dbname=database(), user=role, password=password_of(role)
    )


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role != "nz_migrate"])
@pytest.mark.parametrize("verb", ATTEMPTS)
def test_what_is_not_granted_is_refused_when_it_is_tried(role, verb):
    columns = dict.fromkeys(RIGHTS, "id") | {"django_session": "expire_date", "nozbe_heartbeat": "job"}
    columns |= {"audit.event": "actor", "audit.seal": "seq", "audit.sealing": "cluster"}
    columns["encryption_filekey"] = "file"
    columns |= {"support_supportsession": "expire_date", "support_consolesession": "expire_date"}
    with sign_in(role) as session:
        for table in RIGHTS:
            try:
                session.execute(ATTEMPTS[verb].format(table=table, column=columns[table]))
                refused = False
            except psycopg.errors.InsufficientPrivilege:
                refused = True
            except psycopg.Error:
                refused = False  # allowed to try, and stopped by a constraint
            session.rollback()
            assert refused == (verb not in RIGHTS[table].get(role, frozenset())), (role, verb, table)


@pytest.mark.parametrize("role", LOGIN_ROLES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE dba_seat_5 LOGIN",
        "ALTER ROLE dba_seat_1 LOGIN PASSWORD 'x'",
        "GRANT dba_read TO nz_support",
        "SET ROLE dba_read",
        "SET ROLE dba_rw",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "COPY accounts_account TO PROGRAM 'cat'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT lo_import('/etc/passwd')",
        "ALTER TABLE accounts_account DISABLE TRIGGER ALL",
        "DROP TABLE accounts_account",
        "SET session_replication_role = replica",
        "ALTER SYSTEM SET fsync = off",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_no_service_can_widen_its_rights(role, statement):
    # nz_migrate does not even see the schema until it acts as the owner.
    refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
    with sign_in(role) as session:
        session.autocommit = statement.startswith("ALTER SYSTEM")
        with pytest.raises(refusals):
            session.execute(statement)


def test_only_migrations_can_act_as_the_owner():
    for role in LOGIN_ROLES:
        with sign_in(role) as session:
            if role == "nz_migrate":
                session.execute("SET ROLE nz_owner")
                session.execute("CREATE TABLE public.built_by_the_owner (id int)")
                session.rollback()
            else:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute("SET ROLE nz_owner")


def test_nobody_in_general_may_do_anything(as_superuser):
    """PUBLIC: no connection, no schema, no function of ours."""
    query = """
        SELECT has_database_privilege('nobody_in_particular', current_database(), 'CONNECT'),
               has_schema_privilege('nobody_in_particular', 'public', 'USAGE')
    """
    as_superuser.execute("BEGIN")
    as_superuser.execute("CREATE ROLE nobody_in_particular LOGIN")
    row = as_superuser.execute(query).fetchone()
    functions = as_superuser.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'audit'::regnamespace) "
        "AND has_function_privilege('nobody_in_particular', oid, 'EXECUTE')"
    ).fetchall()
    as_superuser.execute("ROLLBACK")
    assert row == (False, False)
    assert functions == []


def test_every_security_definer_function_pins_its_search_path(as_superuser):
    loose = as_superuser.execute(
        "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE prosecdef "
        "AND nspname NOT IN ('pg_catalog', 'information_schema') "
        "AND NOT coalesce(proconfig::text LIKE '%search_path=%', false)"
    ).fetchall()
    assert loose == []


def test_every_table_belongs_to_the_owner_and_the_record_to_its_own(as_superuser):
    owners = as_superuser.execute(
        "SELECT DISTINCT schemaname, tableowner FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    assert sorted(owners) == [("audit", "nz_audit_owner"), ("public", "nz_owner")]


def test_in_the_schema_of_the_record_everything_is_its_owners_and_migrations_have_no_right(as_superuser):
    owners = as_superuser.execute("""
        SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'audit'
        UNION SELECT relowner::regrole::text FROM pg_class WHERE relnamespace = 'audit'::regnamespace
        UNION SELECT proowner::regrole::text FROM pg_proc WHERE pronamespace = 'audit'::regnamespace
        UNION SELECT typowner::regrole::text FROM pg_type WHERE typnamespace = 'audit'::regnamespace
    """).fetchall()
    assert owners == [("nz_audit_owner",)]
    for role in OWNERS:
        query = "SELECT has_schema_privilege(%s, 'audit', 'USAGE'), has_schema_privilege(%s, 'audit', 'CREATE')"
        assert as_superuser.execute(query, [role, role]).fetchone() == (False, False)
        for table in (table for table in RIGHTS if table.startswith("audit.")):
            query = "SELECT has_table_privilege(%s, %s, %s)"
            assert not any(as_superuser.execute(query, [role, table, verb]).fetchone()[0] for verb in VERBS)


def test_only_these_may_call_what_adds_to_the_record(as_superuser):
    query = """
        SELECT proname, rolname FROM pg_proc, pg_roles WHERE pronamespace = 'audit'::regnamespace
        AND rolname <> ALL(%s) AND has_function_privilege(rolname, pg_proc.oid, 'EXECUTE') AND NOT rolsuper
        AND rolname !~ '^pg_'
    """
    services = ("nz_app", "nz_support", "nz_console")
    expected = {(name, role) for name in ("append", "append_at_once") for role in services}
    found = {tuple(row) for row in as_superuser.execute(query, [["nz_audit_owner"]])}
    assert found == expected | {("seal_pending", "nz_app")}


def test_the_owner_of_the_record_may_make_no_other_schema(as_superuser):
    """It might for the length of a migration."""
    query = "SELECT has_database_privilege('nz_audit_owner', current_database(), 'CREATE')"
    assert as_superuser.execute(query).fetchone() == (False,)


def test_the_support_panel_reads_no_column_that_the_redaction_ledger_hides(as_superuser):
    query = f"""
        SELECT {NAME}, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        JOIN pg_namespace n ON n.oid = relnamespace
        WHERE attnum > 0 AND NOT attisdropped AND {NAME} = ANY(%s)
        AND has_column_privilege('nz_support', c.oid, attnum, 'SELECT')
    """
    every_model = apps.get_models(include_auto_created=True)
    models = {f"{m._meta.app_label}.{m.__name__}": m._meta.db_table.replace('"', "") for m in every_model}
    readable = {tuple(row) for row in as_superuser.execute(query, [list(models.values())])}
    own = {(models[label], column) for label, redaction in REDACTION.items() for column in redaction.own}
    assert readable == own

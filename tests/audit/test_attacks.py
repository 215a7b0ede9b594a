"""No service, no administrator's session and no migration changes the record: refused, and nothing changed."""

from __future__ import annotations

import psycopg
import pytest

from nozbe.database.roles import LOGIN_ROLES
from tests.audit.scratch import ScratchRecord
from tests.servers import superuser

pytestmark = pytest.mark.django_db

TABLES = ("audit.event", "audit.seal", "audit.sealing")
COLUMN = {"audit.event": "db_user", "audit.seal": "hash", "audit.sealing": "through_seq"}

ATTACKS = [
    *(f"UPDATE {table} SET {COLUMN[table]} = {COLUMN[table]}" for table in TABLES),
    *(f"DELETE FROM {table}" for table in TABLES),
    *(f"TRUNCATE {table} CASCADE" for table in TABLES),
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TABLES),
    *(f"ALTER TABLE {table} DISABLE TRIGGER only_ever_added_to" for table in TABLES),
    *(f"DROP TRIGGER only_ever_added_to ON {table}" for table in TABLES),
    *(f"DROP TABLE {table} CASCADE" for table in TABLES),
    *(f"ALTER TABLE {table} ADD COLUMN note text" for table in TABLES),
    *(f"ALTER TABLE {table} OWNER TO nz_owner" for table in TABLES),
    *(f"ALTER TABLE {table} RENAME TO other" for table in TABLES),
    *(f"CREATE RULE nothing AS ON INSERT TO {table} DO INSTEAD NOTHING" for table in TABLES),
    *(f"CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION audit.refuse()" for table in TABLES),
    *(f"LOCK TABLE {table} IN EXCLUSIVE MODE" for table in TABLES),
    "LOCK TABLE audit.chain_lock IN SHARE ROW EXCLUSIVE MODE",
    "LOCK TABLE audit.chain_lock IN ACCESS SHARE MODE",
    "SET session_replication_role = replica",
    "INSERT INTO audit.event (verb) VALUES ('key.made')",
    "INSERT INTO audit.seal (seq, event, hash) VALUES (1000, 1000, sha256(''))",
    "INSERT INTO audit.sealing (through_seq, snapshot, cluster) VALUES (9, '9:9:', 9)",
    "SELECT nextval('audit.event_id_seq')",
    "SELECT setval('audit.event_id_seq', 1)",
    "SELECT audit.chain(ARRAY[1])",
    "SELECT audit.lock_chain()",
    "CREATE TABLE audit.mine (id int)",
    "CREATE FUNCTION audit.append() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION audit.append SET search_path = public",
    "DROP FUNCTION audit.append",
    "ALTER TYPE audit.verb ADD VALUE 'said.anything'",
    "ALTER TYPE audit.verb RENAME VALUE 'key.made' TO 'key.kept'",
    "ALTER DOMAIN audit.identifier DROP CONSTRAINT an_identifier_is_16_characters",
    "DROP SCHEMA audit CASCADE",
    "ALTER SCHEMA audit OWNER TO nz_owner",
]
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)  # what one may not see, is not there


def survivors(record: ScratchRecord, session: psycopg.Connection, attacks: list[str]) -> list[str]:
    """The attacks that were not refused, or that changed something."""
    before = record.everything()
    found = []
    for attack in attacks:
        try:
            session.execute(attack)
            found.append(attack)
        except REFUSED:
            pass
        finally:
            session.rollback()
    assert record.everything() == before
    return found


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role != "nz_migrate"])
def test_no_service_changes_the_record(empty_record, role):
    empty_record.append_and_seal(3)
    with empty_record.sign_in(role, autocommit=False) as session:
        assert survivors(empty_record, session, ATTACKS) == []


@pytest.mark.parametrize("role", ["nz_owner", "dba_read", "dba_rw", "dba_seat_1"])
def test_neither_migrations_nor_administrators_change_the_record(empty_record, role):
    empty_record.append_and_seal(3)
    with superuser(database=empty_record.name) as session:
        session.execute(f"SET SESSION AUTHORIZATION {role}")
        session.autocommit = False
        assert survivors(empty_record, session, ATTACKS) == []


def test_not_even_the_owner_of_the_record_changes_or_removes_entries(empty_record):
    empty_record.append_and_seal(3)
    attacks = [attack for attack in ATTACKS if attack.startswith(("UPDATE", "DELETE", "TRUNCATE", "SET session"))]
    with empty_record.sign_in("nz_migrate") as session:
        session.execute("SET ROLE nz_audit_owner")
        session.autocommit = False
        assert survivors(empty_record, session, attacks) == []

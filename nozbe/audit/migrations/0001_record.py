"""The tables of the record. Nobody is given INSERT, and not even their owner may UPDATE, DELETE or TRUNCATE."""

from django.db import migrations, models

from nozbe.audit.operations import AsRecordOwner

OPEN = """
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO nz_audit_owner', current_database()); END $$;
"""
CLOSE = """
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM nz_audit_owner', current_database()); END $$;
"""

TABLES = """
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE SCHEMA audit;

CREATE DOMAIN audit.identifier AS text COLLATE "C"
    CONSTRAINT an_identifier_is_16_characters CHECK (VALUE ~ '^[0-9A-Za-z]{16}$');
CREATE TYPE audit.verb AS ENUM ('key.made', 'key.destroyed', 'keys.rotated', 'keys.rewrapped', 'record.restored');

-- What happened. No foreign keys: what an entry is about may be gone.
CREATE TABLE audit.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    db_user text COLLATE "C" NOT NULL DEFAULT session_user
        CONSTRAINT a_database_user_has_a_plain_name CHECK (db_user ~ '^[a-z0-9_]+$'),
    verb audit.verb NOT NULL,
    actor audit.identifier,
    team audit.identifier,
    account audit.identifier,
    object audit.identifier
);
CREATE INDEX event_by_transaction ON audit.event (xid);

-- The chain over committed events: hash = sha256(hash before it || audit.line(seq, event)).
CREATE TABLE audit.seal (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    event bigint NOT NULL UNIQUE,
    hash bytea NOT NULL CONSTRAINT a_hash_is_32_bytes CHECK (length(hash) = 32)
);

-- How far the sealer came: every event that `snapshot` sees has its seal. Transaction numbers mean something only in
-- the cluster they are from, so that one is noted too.
CREATE TABLE audit.sealing (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    through_seq bigint NOT NULL,
    snapshot pg_snapshot NOT NULL,
    cluster bigint NOT NULL
);

-- Always empty; whoever adds to the chain locks it. An advisory lock could be taken by anybody who may connect, and a
-- lock on a table with rows waits for autovacuum.
CREATE TABLE audit.chain_lock (id integer PRIMARY KEY CHECK (false));

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the record is only ever added to: % of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- ALWAYS: session_replication_role does not switch them off.
CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.event
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.event ENABLE ALWAYS TRIGGER only_ever_added_to;
CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.seal ENABLE ALWAYS TRIGGER only_ever_added_to;
CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.sealing
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.sealing ENABLE ALWAYS TRIGGER only_ever_added_to;
"""

BACK = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM audit.event) THEN
        RAISE EXCEPTION 'there are entries in the record; going back would lose them';
    END IF;
END $$;
DROP SCHEMA audit CASCADE;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("nozbe", "0003_rights_on_tables_of_django")]
    operations = [
        migrations.RunSQL(OPEN, CLOSE),
        AsRecordOwner(TABLES, BACK),
        migrations.RunSQL(CLOSE, OPEN),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("xid", models.TextField()),
                ("db_user", models.TextField()),
                ("verb", models.TextField()),
                ("actor", models.TextField(null=True)),
                ("team", models.TextField(null=True)),
                ("account", models.TextField(null=True)),
                ("object", models.TextField(null=True)),
            ],
            options={"db_table": '"audit"."event"', "managed": False},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={"db_table": '"audit"."seal"', "managed": False},
        ),
    ]

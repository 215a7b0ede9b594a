"""What adds to the record: functions with the rights of its owner, and nobody else has any."""

from django.db import migrations

from nozbe.audit.operations import AsRecordOwner

FUNCTIONS = """
-- The bytes that are hashed are this line's UTF-8; nozbe/audit/chain.py and docs/record.md say the same. The time is in
-- microseconds since 1970; NULL is empty, which no value is.
CREATE FUNCTION audit.line(seq bigint, e audit.event) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat(seq, '|', e.id, '|', trunc(extract(epoch FROM e.at) * 1000000), '|', e.db_user, '|',
        e.actor, '|', e.team, '|', e.account, '|', e.verb, '|', e.object)
$$;

-- Put seals on these events, in the order of their ids. The caller holds the lock.
CREATE FUNCTION audit.chain(events bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head audit.seal;
    e audit.event;
BEGIN
    SELECT * INTO head FROM audit.seal ORDER BY seal.seq DESC LIMIT 1;
    head.seq := coalesce(head.seq, 0);
    head.hash := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
    FOR e IN SELECT * FROM audit.event WHERE event.id = ANY(events) ORDER BY event.id LOOP
        head.seq := head.seq + 1;
        head.hash := sha256(head.hash || convert_to(audit.line(head.seq, e), 'UTF8'));
        INSERT INTO audit.seal (seq, event, hash) VALUES (head.seq, e.id, head.hash);
    END LOOP;
    RETURN head.seq;
END $$;

CREATE FUNCTION audit.lock_chain() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Each statement must see what was committed while it waited for the lock.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the chain is added to in READ COMMITTED only' USING ERRCODE = 'active_sql_transaction';
    END IF;
    LOCK TABLE audit.chain_lock IN SHARE ROW EXCLUSIVE MODE;
END $$;

-- An entry of the caller's transaction, without any lock: it is there when the change is. The sealer chains it later.
CREATE FUNCTION audit.append(
    verb audit.verb, actor audit.identifier, team audit.identifier, account audit.identifier, object audit.identifier
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry bigint;
BEGIN
    INSERT INTO audit.event (verb, actor, team, account, object)
        VALUES (append.verb, append.actor, append.team, append.account, append.object) RETURNING event.id INTO entry;
    RETURN entry;
END $$;

-- The same, chained in the same transaction, which must be short: all others wait for it.
CREATE FUNCTION audit.append_at_once(
    verb audit.verb, actor audit.identifier, team audit.identifier, account audit.identifier, object audit.identifier
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry bigint;
BEGIN
    PERFORM audit.lock_chain();
    entry := audit.append(verb, actor, team, account, object);
    PERFORM audit.chain(ARRAY[entry]);
    RETURN entry;
END $$;

-- Chain at most `at_most` of the committed events that have no seal yet, by id. Returns how many that were; fewer than
-- `at_most` means that none is left. Any other `at_most` than 1 to 100000 is refused: a round that takes nothing must
-- never count as one that left nothing.
--
-- 1. Alone, take a snapshot: it sees every transaction that has ended by now, and not this one.
-- 2. Pending is what that snapshot sees and the last one did not: begun since, or in progress then. `everything`
--    looks at all events instead, as does the first sealing in a cluster: numbers of transactions start over in a new
--    one, and a database that was dumped and restored brings numbers of the old one along.
-- 3. Chain them. Only when none is left is the snapshot the new last one; else the next call asks the same again.
CREATE FUNCTION audit.seal_pending(at_most integer, everything boolean DEFAULT false) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own xid8 := pg_current_xact_id_if_assigned();
    here bigint := (SELECT system_identifier FROM pg_control_system());
    passed audit.sealing;
    seen pg_snapshot;
    pending bigint[];
    found integer;
    through bigint;
BEGIN
    IF (at_most BETWEEN 1 AND 100000 AND everything IS NOT NULL) IS NOT TRUE THEN
        RAISE EXCEPTION 'seals are put on 1 to 100000 events at a time, and on everything or not'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM audit.lock_chain();
    seen := pg_current_snapshot();
    -- PostgreSQL leaves our own number out of the list of those in progress, but we may append again after this. When
    -- we have none yet, we shall get one that the snapshot does not see.
    IF own < pg_snapshot_xmax(seen) THEN
        seen := format('%s:%s:%s', least(pg_snapshot_xmin(seen), own), pg_snapshot_xmax(seen), (
            SELECT string_agg(x::text, ',' ORDER BY x) FROM (SELECT pg_snapshot_xip(seen) AS x UNION SELECT own) AS xip
        ))::pg_snapshot;
    END IF;
    SELECT * INTO passed FROM audit.sealing ORDER BY sealing.id DESC LIMIT 1;

    IF everything OR passed.cluster IS DISTINCT FROM here THEN
        passed := NULL;
        SELECT array_agg(id ORDER BY id) INTO pending FROM (
            SELECT e.id FROM audit.event e
            WHERE e.xid IS DISTINCT FROM own AND NOT EXISTS (SELECT FROM audit.seal s WHERE s.event = e.id)
            ORDER BY e.id LIMIT at_most + 1
        ) AS unsealed;
    ELSE
        SELECT array_agg(id ORDER BY id) INTO pending FROM (
            SELECT e.id FROM audit.event e
            WHERE (e.xid >= pg_snapshot_xmax(passed.snapshot)
                   OR e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(passed.snapshot))))
            AND e.xid < pg_snapshot_xmax(seen) AND pg_visible_in_snapshot(e.xid, seen)
            AND NOT EXISTS (SELECT FROM audit.seal s WHERE s.event = e.id)
            ORDER BY e.id LIMIT at_most + 1
        ) AS unsealed;
    END IF;

    through := audit.chain(pending[:at_most]);
    found := coalesce(cardinality(pending), 0);
    IF found > at_most THEN
        RETURN at_most;
    END IF;
    -- A quiet record writes nothing, except that events which were chained at once are not looked at again.
    IF passed.id IS NULL OR found > 0 OR EXISTS (
        SELECT FROM audit.event e WHERE e.xid >= pg_snapshot_xmax(passed.snapshot) AND e.xid < pg_snapshot_xmax(seen)
    ) THEN
        INSERT INTO audit.sealing (through_seq, snapshot, cluster) VALUES (through, seen, here);
    END IF;
    RETURN found;
END $$;
"""

BACK = """
DROP FUNCTION audit.seal_pending, audit.append_at_once, audit.append, audit.lock_chain, audit.chain, audit.line;
"""

GRANT = """
GRANT USAGE ON SCHEMA audit TO nz_app, nz_support, nz_console, dba_read;
GRANT SELECT ON audit.event, audit.seal, audit.sealing TO nz_app, dba_read;
GRANT EXECUTE ON FUNCTION audit.append, audit.append_at_once TO nz_app, nz_support, nz_console;
GRANT EXECUTE ON FUNCTION audit.seal_pending TO nz_app;
"""
REVOKE = """
REVOKE EXECUTE ON FUNCTION audit.seal_pending FROM nz_app;
REVOKE EXECUTE ON FUNCTION audit.append, audit.append_at_once FROM nz_app, nz_support, nz_console;
REVOKE SELECT ON audit.event, audit.seal, audit.sealing FROM nz_app, dba_read;
REVOKE USAGE ON SCHEMA audit FROM nz_app, nz_support, nz_console, dba_read;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_record")]
    operations = [AsRecordOwner(FUNCTIONS, BACK), AsRecordOwner(GRANT, REVOKE)]

"""The app takes keyrings through their life and never back: it deletes none, and what was destroyed stays so."""

from django.db import migrations

from nozbe.database.operations import Grant, KeepFromApp

LIFE = ["owner", "safe_at", "taken_at", "destroyed_at", "gone_at"]

STAYS_DESTROYED = """
CREATE FUNCTION encryption_stays_destroyed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a destroyed keyring stays destroyed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER a_destroyed_keyring_stays_destroyed BEFORE UPDATE ON encryption_keyring FOR EACH ROW
    WHEN (OLD.destroyed_at IS NOT NULL
          AND (NEW.destroyed_at, NEW.owner) IS DISTINCT FROM (OLD.destroyed_at, OLD.owner))
    EXECUTE FUNCTION encryption_stays_destroyed();
"""

BACK = """
DROP TRIGGER a_destroyed_keyring_stays_destroyed ON encryption_keyring;
DROP FUNCTION encryption_stays_destroyed();
"""


class Migration(migrations.Migration):
    dependencies = [("encryption", "0001_keyrings")]
    operations = [
        migrations.RunSQL(STAYS_DESTROYED, BACK),
        KeepFromApp("encryption_keyring"),
        Grant("SELECT, INSERT", on="encryption_keyring", to="nz_app"),
        Grant("UPDATE", on="encryption_keyring", to="nz_app", columns=LIFE),
        Grant("SELECT", on="encryption_keyring", to="dba_read"),
        # Not the wrapped key, though it is of no use without the key server.
        Grant("SELECT", on="encryption_fieldkey", to="dba_read", columns=["id", "keyring_id", "epoch", "created_at"]),
    ]

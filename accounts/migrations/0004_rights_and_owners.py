"""What administrators may read of the new tables, and that a team is never left without an owner."""

from django.db import migrations

from nozbe.database.operations import Grant

# At the end of the transaction, so that a team and its owner can come, and an owner can change, one after the other.
HAS_AN_OWNER = """
CREATE FUNCTION accounts_team_has_an_owner() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    team varchar := CASE WHEN TG_TABLE_NAME = 'accounts_team' THEN to_jsonb(NEW) ->> 'id'
                         ELSE to_jsonb(OLD) ->> 'team_id' END;
BEGIN
    IF EXISTS (SELECT FROM accounts_team WHERE id = team) AND NOT EXISTS (
        SELECT FROM accounts_membership WHERE team_id = team AND role = 'owner' AND ended_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a_team_has_exactly_one_owner' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_team_has_exactly_one_owner AFTER INSERT ON accounts_team
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_team_has_an_owner();
CREATE CONSTRAINT TRIGGER a_team_has_exactly_one_owner AFTER UPDATE OR DELETE ON accounts_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.role = 'owner' AND OLD.ended_at IS NULL)
    EXECUTE FUNCTION accounts_team_has_an_owner();
"""

BACK = """
DROP TRIGGER a_team_has_exactly_one_owner ON accounts_membership;
DROP TRIGGER a_team_has_exactly_one_owner ON accounts_team;
DROP FUNCTION accounts_team_has_an_owner();
"""

READABLE = {
    "accounts_team": ["id", "created_at", "name"],  # the name is sealed
    "accounts_membership": ["id", "created_at", "team_id", "account_id", "role", "ended_at"],
    "accounts_invitation": [
        "id", "created_at", "team_id", "role", "invited_by_id", "expires_at",
        "sent_at", "send_after", "failures", "accepted_at", "revoked_at",
    ],
    "accounts_apitoken": ["id", "created_at", "account_id", "scope", "expires_at", "last_used_at"],
}  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_teams")]
    operations = [
        migrations.RunSQL(HAS_AN_OWNER, BACK),
        *(Grant("SELECT", on=table, to="dba_read", columns=columns) for table, columns in READABLE.items()),
    ]

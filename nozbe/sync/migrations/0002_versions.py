"""By which transaction each row that clients hold was last written: a trigger sees to it, whoever writes."""

from django.db import migrations

STAMP = """
CREATE FUNCTION sync_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := pg_catalog.pg_current_xact_id();
    RETURN NEW;
END $$;

-- Of whom it lets see what: a change of that makes everything new that lies behind it.
CREATE FUNCTION sync_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.visibility_version := pg_catalog.pg_current_xact_id();
    RETURN NEW;
END $$;
"""

BACK = "DROP FUNCTION sync_version(); DROP FUNCTION sync_visibility();"

OF_A_TEAM = (
    "accounts_membership", "tasks_projectgroup", "tasks_project", "tasks_projectmember", "tasks_favourite",
    "tasks_section", "tasks_task", "tasks_comment", "tasks_reaction", "tasks_checklistitem", "tasks_tag",
    "tasks_tasktag", "tasks_reminder", "tasks_priority",
)  # fmt: skip

CHANGING = ("project", "projectgroup", "section", "task", "comment", "checklistitem", "tag")

SEEING = {
    "accounts_membership": "OLD.role IS DISTINCT FROM NEW.role OR OLD.ended_at IS DISTINCT FROM NEW.ended_at",
    "tasks_project": "OLD.is_open IS DISTINCT FROM NEW.is_open",
}


def versioned(table: str) -> migrations.RunSQL:
    """The trigger's name comes after those of the others, so that what they do is stamped."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN version xid8 NOT NULL DEFAULT pg_current_xact_id();"
        f"CREATE TRIGGER version BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION sync_version();"
        f"CREATE TRIGGER version_of_new BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION sync_version();",
        f"DROP TRIGGER version ON {table}; DROP TRIGGER version_of_new ON {table};"
        f"ALTER TABLE {table} DROP COLUMN version;",
    )


def indexed(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(f"CREATE INDEX {table}_since ON {table} (team_id, version)", f"DROP INDEX {table}_since")


def lets_see(table: str, change: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN visibility_version xid8 NOT NULL DEFAULT pg_current_xact_id();"
        f"CREATE TRIGGER visibility_version BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({change}) "
        "EXECUTE FUNCTION sync_visibility();",
        f"DROP TRIGGER visibility_version ON {table}; ALTER TABLE {table} DROP COLUMN visibility_version;",
    )


def stamped_when_changed(table: str, condition: str) -> str:
    """A row that is only sent anew, because something else changed, did not change itself: its version is set to
    nothing, which the last trigger mends.
    """
    return (
        f"DROP TRIGGER tasks_stamp_change ON tasks_{table};"
        f"CREATE TRIGGER tasks_stamp_change BEFORE UPDATE ON tasks_{table} FOR EACH ROW {condition}"
        "EXECUTE FUNCTION tasks_stamp_change()"
    )


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial"), ("tasks", "0003_verbs"), ("accounts", "0005_verbs")]
    operations = [
        migrations.RunSQL(STAMP, BACK),
        *(versioned(table) for table in ("accounts_team", *OF_A_TEAM)),
        *(indexed(table) for table in OF_A_TEAM),
        *(lets_see(table, change) for table, change in SEEING.items()),
        *(
            migrations.RunSQL(
                stamped_when_changed(table, "WHEN (NEW.version IS NOT NULL) "), stamped_when_changed(table, "")
            )
            for table in CHANGING
        ),
    ]

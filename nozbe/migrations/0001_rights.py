"""Take from PUBLIC what PostgreSQL gives by default, and say what a new table gives to whom.

Runs before every other migration, so that the default rights hold for the tables of Django too.
"""

from django.db import migrations

REVOKE_AND_GRANT = """
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO nz_migrate, nz_app, nz_support, nz_console, dba_read', current_database()
    );
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO nz_app, nz_support, nz_console, dba_read, dba_rw;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nz_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO nz_app;
-- Django made this table before the first migration; every site asks it whether the code and the tables fit.
GRANT SELECT ON django_migrations TO nz_app, nz_support, nz_console;
"""

BACK = """
REVOKE ALL ON django_migrations FROM nz_app, nz_support, nz_console;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE ON SEQUENCES FROM nz_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM nz_app;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
REVOKE USAGE ON SCHEMA public FROM nz_app, nz_support, nz_console, dba_read, dba_rw;
GRANT USAGE ON SCHEMA public TO PUBLIC;
DO $$ BEGIN
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    run_before = [("contenttypes", "0001_initial"), ("sessions", "0001_initial")]
    operations = [migrations.RunSQL(REVOKE_AND_GRANT, BACK)]

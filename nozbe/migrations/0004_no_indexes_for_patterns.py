"""Of databases that were made before `nozbe.database.postgresql` left them out."""

from django.db import migrations

DROP = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.oid::regclass::text FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique AND i.indnatts = 1
            AND (SELECT opcname FROM pg_opclass o WHERE o.oid = i.indclass[0]) IN ('varchar_pattern_ops', 'text_pattern_ops')
    LOOP
        EXECUTE 'DROP INDEX ' || name;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("nozbe", "0003_rights_on_tables_of_django"),
        ("accounts", "0005_verbs"),
        ("tasks", "0003_verbs"),
        ("sync", "0003_departures"),
    ]
    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]

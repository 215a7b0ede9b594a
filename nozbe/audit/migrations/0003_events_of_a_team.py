"""What happened in one team is found without reading what happened in all others."""

from django.db import migrations

from nozbe.audit.operations import AsRecordOwner


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions")]
    operations = [
        AsRecordOwner(
            "CREATE INDEX event_by_team ON audit.event (team, id) WHERE team IS NOT NULL;",
            "DROP INDEX audit.event_by_team;",
        ),
    ]

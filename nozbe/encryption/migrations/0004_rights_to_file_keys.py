from django.db import migrations

from nozbe.database.operations import Grant


class Migration(migrations.Migration):
    dependencies = [("encryption", "0003_file_keys")]
    operations = [
        # Not the wrapped key, though it is of no use without the key server.
        Grant("SELECT", on="encryption_filekey", to="dba_read", columns=["file", "keyring_id", "created_at"]),
    ]

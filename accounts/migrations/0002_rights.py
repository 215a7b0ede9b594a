from django.db import migrations

from nozbe.database.operations import Grant


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        # Not who it is: administrators find an account by its ID.
        Grant(
            "SELECT",
            on="accounts_account",
            to="dba_read",
            columns=["id", "created_at", "country", "time_zone", "language", "last_login"],
        ),
    ]

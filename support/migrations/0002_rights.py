from django.db import migrations

from nozbe.database.operations import Grant, KeepFromApp


class Migration(migrations.Migration):
    dependencies = [("support", "0001_initial"), ("nozbe", "0001_rights")]
    operations = [
        KeepFromApp("support_staff"),
        KeepFromApp("support_supportsession"),
        KeepFromApp("support_databaseadministrator"),
        KeepFromApp("support_consolesession"),
        # Signing in: who is it, note when, rehash the password when the parameters have grown.
        Grant("SELECT", on="support_staff", to="nz_support"),
        Grant("UPDATE", on="support_staff", to="nz_support", columns=["password", "last_login"]),
        Grant("SELECT, INSERT, UPDATE, DELETE", on="support_supportsession", to="nz_support"),
        Grant("SELECT", on="support_databaseadministrator", to="nz_console"),
        Grant("UPDATE", on="support_databaseadministrator", to="nz_console", columns=["password", "last_login"]),
        Grant("SELECT, INSERT, UPDATE, DELETE", on="support_consolesession", to="nz_console"),
    ]

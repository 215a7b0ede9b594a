"""Django's own tables: the app reads the list of models and leaves the unused tables of permissions alone."""

from django.db import migrations

from nozbe.database.operations import Grant, KeepFromApp

UNUSED = ("auth_group", "auth_group_permissions", "auth_permission")


class Migration(migrations.Migration):
    dependencies = [
        ("nozbe", "0002_heartbeats"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        *(KeepFromApp(table) for table in UNUSED),
        KeepFromApp("django_content_type"),
        Grant("SELECT", on="django_content_type", to="nz_app"),
        Grant("SELECT", on="nozbe_heartbeat", to="dba_read"),
    ]

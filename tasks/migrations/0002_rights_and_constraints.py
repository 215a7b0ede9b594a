"""That nothing points across teams, when each row changed, and what administrators may read."""

from django.db import migrations

from nozbe.database.operations import Grant

# A child has its parent's team, and a task's section is one of its project: both halves of the key must match.
# Deferred, as Django does it, so that parents and children may come and go in any order within a transaction.
POINTERS = [
    ("section", ("project_id", "team_id"), "project", ("id", "team_id")),
    ("task", ("project_id", "team_id"), "project", ("id", "team_id")),
    ("task", ("section_id", "project_id"), "section", ("id", "project_id")),
    ("comment", ("task_id", "team_id"), "task", ("id", "team_id")),
    ("reaction", ("comment_id", "team_id"), "comment", ("id", "team_id")),
    ("checklistitem", ("task_id", "team_id"), "task", ("id", "team_id")),
    ("checklistitem", ("comment_id", "team_id"), "comment", ("id", "team_id")),
    ("tasktag", ("task_id", "team_id"), "task", ("id", "team_id")),
    ("tasktag", ("tag_id", "team_id"), "tag", ("id", "team_id")),
    ("reminder", ("task_id", "team_id"), "task", ("id", "team_id")),
    ("priority", ("task_id", "team_id"), "task", ("id", "team_id")),
]

CHANGING = ("project", "projectgroup", "section", "task", "comment", "checklistitem", "tag")

STAMP = """
CREATE FUNCTION tasks_stamp_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
"""

WORK = ["id", "created_at", "team_id", "changed_at"]
READABLE = {
    "projectgroup": [*WORK, "trashed_at", "position", "name"],  # names and texts are sealed
    "project": [
        *WORK, "trashed_at", "position", "name", "is_open", "colour", "group_id", "author_id", "single_of_id", "ended_at",
    ],
    "projectmember": ["id", "created_at", "team_id", "project_id", "membership_id"],
    "favourite": ["id", "created_at", "team_id", "project_id", "membership_id"],
    "section": [*WORK, "trashed_at", "position", "project_id", "name", "archived_at"],
    "task": [
        *WORK, "trashed_at", "position", "project_id", "section_id", "name", "author_id", "responsible_id", "due_on",
        "due_at", "time_needed_minutes", "ended_at", "abandoned_at", "recurrence_rule", "recurrence_mode",
        "recurrence_time_zone", "recurrence_starts_on", "recurrence_at", "recurrence_done", "occurrence", "series_id",
        "missed",
    ],
    "comment": [*WORK, "trashed_at", "task_id", "author_id", "body", "edited_at", "pinned_at"],
    "reaction": ["id", "created_at", "team_id", "comment_id", "author_id", "emoji"],
    "checklistitem": [*WORK, "trashed_at", "position", "ended_at", "task_id", "comment_id", "name"],
    "tag": [*WORK, "trashed_at", "name", "colour", "icon", "private_to_id", "archived_at"],
    "tasktag": ["id", "created_at", "team_id", "task_id", "tag_id"],
    "reminder": ["id", "created_at", "team_id", "task_id", "membership_id", "at", "on", "minutes_before"],
    "priority": ["id", "created_at", "team_id", "task_id", "membership_id", "position"],
}  # fmt: skip


def pointer(child: str, columns: tuple[str, str], parent: str, keys: tuple[str, str]) -> migrations.RunSQL:
    name = f"tasks_{child}_{columns[0]}_stays_in_its_{keys[1].removesuffix('_id')}"
    return migrations.RunSQL(
        f"ALTER TABLE tasks_{child} ADD CONSTRAINT {name} FOREIGN KEY ({', '.join(columns)}) "
        f"REFERENCES tasks_{parent} ({', '.join(keys)}) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE tasks_{child} DROP CONSTRAINT {name}",
    )


def stamped(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER tasks_stamp_change BEFORE UPDATE ON tasks_{table} "
        "FOR EACH ROW EXECUTE FUNCTION tasks_stamp_change()",
        f"DROP TRIGGER tasks_stamp_change ON tasks_{table}",
    )


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial"), ("nozbe", "0001_rights")]
    operations = [
        *(pointer(*each) for each in POINTERS),
        migrations.RunSQL(STAMP, "DROP FUNCTION tasks_stamp_change()"),
        *(stamped(table) for table in CHANGING),
        *(Grant("SELECT", on=f"tasks_{table}", to="dba_read", columns=names) for table, names in READABLE.items()),
    ]

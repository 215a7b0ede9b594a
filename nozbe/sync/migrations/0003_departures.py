"""What leaves somebody's view is noted as it leaves, whoever writes; what comes into it with a task is stamped anew.

docs/sync.md tells who hears of which departure.
"""

from django.db import migrations

OF_TASK = "(SELECT project_id FROM tasks_task WHERE id = OLD.task_id)"
OF_COMMENT = (
    "(SELECT t.project_id FROM tasks_comment c JOIN tasks_task t ON t.id = c.task_id WHERE c.id = OLD.comment_id)"
)

DELETED = {
    # Table: name on the wire, the project through which a row was seen, whose it was alone
    "accounts_membership": ("members", "NULL", "NULL"),
    "tasks_projectgroup": ("project_groups", "NULL", "NULL"),
    # Whoever was in a private one hears of that by having lost it: nobody else knew of it.
    "tasks_project": ("projects", "CASE WHEN OLD.is_open THEN NULL ELSE OLD.id END", "NULL"),
    "tasks_projectmember": ("project_members", "OLD.project_id", "NULL"),
    "tasks_favourite": ("favourites", "OLD.project_id", "OLD.membership_id"),
    "tasks_section": ("sections", "OLD.project_id", "NULL"),
    "tasks_task": ("tasks", "OLD.project_id", "NULL"),
    "tasks_comment": ("comments", OF_TASK, "NULL"),
    "tasks_reaction": ("reactions", OF_COMMENT, "NULL"),
    "tasks_checklistitem": ("checklist_items", OF_TASK, "NULL"),
    "tasks_tag": ("tags", "NULL", "OLD.private_to_id"),
    "tasks_tasktag": ("task_tags", OF_TASK, "NULL"),
    "tasks_reminder": ("reminders", OF_TASK, "OLD.membership_id"),
    "tasks_priority": ("priorities", OF_TASK, "OLD.membership_id"),
}


def function(name: str, body: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$\n{body}$$;",
        f"DROP FUNCTION {name}();",
    )


def trigger(name: str, table: str, when: str, condition: str, calls: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {calls}();",
        f"DROP TRIGGER {name} ON {table};",
    )


def tombstones(table: str) -> list[migrations.RunSQL]:
    wire, project, membership = DELETED[table]
    body = f"""
BEGIN
    INSERT INTO sync_departure ("table", row_id, team_id, project_id, membership_id, gone)
    VALUES ('{wire}', OLD.id, OLD.team_id, {project}, {membership}, true);
    RETURN NULL;
END """
    name = f"sync_tombstone_{wire}"
    return [function(name, body), trigger("tombstone", table, "DELETE", "", name)]


TASK_MOVED = """
BEGIN
    INSERT INTO sync_departure ("table", row_id, team_id, project_id, membership_id)
    SELECT "table", row_id, NEW.team_id, OLD.project_id, membership_id FROM (
        SELECT 'tasks', NEW.id, NULL
        UNION ALL SELECT 'comments', id, NULL FROM tasks_comment WHERE task_id = NEW.id
        UNION ALL SELECT 'reactions', r.id, NULL FROM tasks_reaction r JOIN tasks_comment c ON c.id = r.comment_id
                  WHERE c.task_id = NEW.id
        UNION ALL SELECT 'checklist_items', id, NULL FROM tasks_checklistitem WHERE task_id = NEW.id
        UNION ALL SELECT 'task_tags', id, NULL FROM tasks_tasktag WHERE task_id = NEW.id
        UNION ALL SELECT 'tags', tag_id, NULL FROM tasks_tasktag WHERE task_id = NEW.id
        UNION ALL SELECT 'reminders', id, membership_id FROM tasks_reminder WHERE task_id = NEW.id
        UNION ALL SELECT 'priorities', id, membership_id FROM tasks_priority WHERE task_id = NEW.id
    ) AS left_behind ("table", row_id, membership_id);
    UPDATE tasks_reaction SET version = NULL FROM tasks_comment c
        WHERE c.id = tasks_reaction.comment_id AND c.task_id = NEW.id;
    UPDATE tasks_comment SET version = NULL WHERE task_id = NEW.id;
    UPDATE tasks_checklistitem SET version = NULL WHERE task_id = NEW.id;
    UPDATE tasks_tasktag SET version = NULL WHERE task_id = NEW.id;
    UPDATE tasks_reminder SET version = NULL WHERE task_id = NEW.id;
    UPDATE tasks_priority SET version = NULL WHERE task_id = NEW.id;
    RETURN NULL;
END """

SECTION_MOVED = """
BEGIN
    INSERT INTO sync_departure ("table", row_id, team_id, project_id)
    VALUES ('sections', NEW.id, NEW.team_id, OLD.project_id);
    RETURN NULL;
END """


def child_moved(wire: str, membership: str, more: str = "") -> str:
    """From one task to another, which may be in another project."""
    return f"""
DECLARE
    before varchar := {OF_TASK};
BEGIN
    IF before IS DISTINCT FROM (SELECT project_id FROM tasks_task WHERE id = NEW.task_id) THEN
        INSERT INTO sync_departure ("table", row_id, team_id, project_id, membership_id)
        VALUES ('{wire}', NEW.id, NEW.team_id, before, {membership});{more}
    END IF;
    RETURN NULL;
END """


REACTIONS_TOO = """
        INSERT INTO sync_departure ("table", row_id, team_id, project_id)
        SELECT 'reactions', id, team_id, before FROM tasks_reaction WHERE comment_id = NEW.id;
        UPDATE tasks_reaction SET version = NULL WHERE comment_id = NEW.id;"""

UNTAGGED = f"""
BEGIN  -- guests see those tags alone that are on tasks they see
    INSERT INTO sync_departure ("table", row_id, team_id, project_id)
    VALUES ('tags', OLD.tag_id, OLD.team_id, {OF_TASK});
    RETURN NULL;
END """

REGROUPED = """
BEGIN  -- guests see those groups alone that have a project in them which they see
    INSERT INTO sync_departure ("table", row_id, team_id, project_id)
    VALUES ('project_groups', OLD.group_id, OLD.team_id, OLD.id);
    RETURN NULL;
END """

CLOSED = """
BEGIN
    INSERT INTO sync_resync (account_id)
    SELECT m.account_id FROM accounts_membership m
    WHERE m.team_id = NEW.team_id AND m.ended_at IS NULL AND m.role <> 'guest'
        AND NOT EXISTS (SELECT FROM tasks_projectmember WHERE project_id = NEW.id AND membership_id = m.id);
    RETURN NULL;
END """

UNSHARED = """
BEGIN
    INSERT INTO sync_resync (account_id)
    SELECT m.account_id FROM accounts_membership m
    WHERE m.id = OLD.membership_id AND m.ended_at IS NULL AND NOT (
        m.role <> 'guest' AND EXISTS (SELECT FROM tasks_project WHERE id = OLD.project_id AND is_open)
    );
    RETURN NULL;
END """

ACCESS_CHANGED = """
BEGIN
    INSERT INTO sync_resync (account_id) VALUES (OLD.account_id);
    IF TG_OP = 'UPDATE' AND NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL THEN
        INSERT INTO sync_departure ("table", row_id, team_id) VALUES ('members', NEW.id, NEW.team_id);
        INSERT INTO sync_departure ("table", row_id, team_id, project_id)
        SELECT 'project_members', id, team_id, project_id FROM tasks_projectmember WHERE membership_id = NEW.id;
    END IF;
    RETURN NULL;
END """

RENAMED = """
BEGIN
    UPDATE accounts_membership SET version = NULL WHERE account_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END """

SEEN_ANEW = "OLD.role IS DISTINCT FROM NEW.role OR OLD.ended_at IS DISTINCT FROM NEW.ended_at"


class Migration(migrations.Migration):
    dependencies = [("sync", "0002_versions")]
    operations = [
        *(operation for table in DELETED for operation in tombstones(table)),
        function("sync_task_moved", TASK_MOVED),
        trigger(
            "moved", "tasks_task", "UPDATE OF project_id", "WHEN (OLD.project_id <> NEW.project_id)", "sync_task_moved"
        ),
        function("sync_section_moved", SECTION_MOVED),
        trigger(
            "moved",
            "tasks_section",
            "UPDATE OF project_id",
            "WHEN (OLD.project_id <> NEW.project_id)",
            "sync_section_moved",
        ),
        function("sync_comment_moved", child_moved("comments", "NULL", REACTIONS_TOO)),
        trigger(
            "moved", "tasks_comment", "UPDATE OF task_id", "WHEN (OLD.task_id <> NEW.task_id)", "sync_comment_moved"
        ),
        function("sync_checklist_item_moved", child_moved("checklist_items", "NULL")),
        trigger(
            "moved",
            "tasks_checklistitem",
            "UPDATE OF task_id",
            "WHEN (OLD.task_id <> NEW.task_id)",
            "sync_checklist_item_moved",
        ),
        function("sync_reminder_moved", child_moved("reminders", "NEW.membership_id")),
        trigger(
            "moved", "tasks_reminder", "UPDATE OF task_id", "WHEN (OLD.task_id <> NEW.task_id)", "sync_reminder_moved"
        ),
        function("sync_untagged", UNTAGGED),
        trigger("untagged", "tasks_tasktag", "DELETE", "", "sync_untagged"),
        function("sync_regrouped", REGROUPED),
        trigger(
            "regrouped",
            "tasks_project",
            "UPDATE OF group_id",
            "WHEN (OLD.group_id IS DISTINCT FROM NEW.group_id AND OLD.group_id IS NOT NULL)",
            "sync_regrouped",
        ),
        trigger(
            "regrouped_by_deletion", "tasks_project", "DELETE", "WHEN (OLD.group_id IS NOT NULL)", "sync_regrouped"
        ),
        function("sync_closed", CLOSED),
        trigger(
            "closed", "tasks_project", "UPDATE OF is_open", "WHEN (OLD.is_open AND NOT NEW.is_open)", "sync_closed"
        ),
        function("sync_unshared", UNSHARED),
        trigger("unshared", "tasks_projectmember", "DELETE", "", "sync_unshared"),
        function("sync_access_changed", ACCESS_CHANGED),
        trigger("access_changed", "accounts_membership", "UPDATE", f"WHEN ({SEEN_ANEW})", "sync_access_changed"),
        trigger("access_deleted", "accounts_membership", "DELETE", "", "sync_access_changed"),
        function("sync_renamed", RENAMED),
        trigger("renamed", "accounts_account", "UPDATE OF name", "WHEN (OLD.name <> NEW.name)", "sync_renamed"),
    ]

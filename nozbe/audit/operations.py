"""Migration operations for the schema of the record, which belongs to `nz_audit_owner` alone.

Migrations run as `nz_owner`, who has no right there; only these operations, for the length of their statements, act as
the record's owner. Another app needs `AddVerbs` and nothing else of this file.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AsRecordOwner(migrations.RunSQL):
    """Run statements as `nz_audit_owner`, then be `nz_owner` again. Reversible when `reverse` is given."""

    def __init__(self, forward: str, reverse: str | None = None) -> None:
        self.arguments: list[Any] = [forward, reverse]
        super().__init__(_as_record_owner(forward), None if reverse is None else _as_record_owner(reverse))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, self.arguments, {})


class AddVerbs(AsRecordOwner):
    """Let entries say new verbs, each of which also stands in `nozbe.audit.verbs`.

    The database can use them once the migration is committed. Going back leaves them: PostgreSQL cannot take a value
    from an enum, and there may be entries that say it.
    """

    def __init__(self, *verbs: str) -> None:
        super().__init__(" ".join(f"ALTER TYPE audit.verb ADD VALUE IF NOT EXISTS '{verb}';" for verb in verbs), "")
        self.arguments = list(verbs)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        pass

    def describe(self) -> str:
        return f"Add verbs of the record: {', '.join(self.arguments)}"


def _as_record_owner(statements: str) -> str:
    return f"SET LOCAL ROLE nz_audit_owner;\n{statements}\nSET LOCAL ROLE nz_owner;"

"""Migration operations for rights. Tables belong to `nz_owner`; what else may be done with them is granted here.

Rights are part of the schema, so they are written in migrations, beside the table they are about, and
`tests/rules/test_rights.py` holds the whole table of role × table × verb against the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import migrations


def _statement(verb: str, preposition: str, rights: str, table: str, columns: Sequence[str], role: str) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    scoped = ", ".join(f"{right.strip()} ({listed})" if columns else right.strip() for right in rights.split(","))
    return f'{verb} {scoped} ON "{table}" {preposition} {role}'


class Grant(migrations.RunSQL):
    """Grant `rights` (such as "SELECT, UPDATE") on a table, or only on some of its columns. Reversible."""

    def __init__(self, rights: str, *, on: str, to: str, columns: Sequence[str] = ()) -> None:
        self.arguments: dict[str, Any] = {"rights": rights, "on": on, "to": to, "columns": columns}
        super().__init__(
            _statement("GRANT", "TO", rights, on, columns, to),
            _statement("REVOKE", "FROM", rights, on, columns, to),
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        arguments = dict(self.arguments)
        return (type(self).__name__, [arguments.pop("rights")], arguments)

    def describe(self) -> str:
        return f"Grant {self.arguments['rights']} on {self.arguments['on']} to {self.arguments['to']}"


class KeepFromApp(migrations.RunSQL):
    """Take back what `nz_app` got by default on a new table, because another site's data is in it. Reversible."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            f'REVOKE ALL ON "{table}" FROM nz_app',
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO nz_app',
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table], {})

    def describe(self) -> str:
        return f"Keep {self.table} from nz_app"

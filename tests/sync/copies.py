"""A client's local database, as far as pulls go: it applies answers as WatermelonDB does, and finds fault with them."""

from __future__ import annotations

import json
from typing import Any

from nozbe.sync.cursors import LARGEST
from nozbe.sync.tables import BY_NAME
from tests.api.caller import Caller

PYTHON = {"string": str, "number": int, "boolean": bool}


class Copy:
    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.cursor: int | None = None
        self.rows: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in BY_NAME}
        self.edits: dict[str, dict[str, dict[str, Any]]] = {}
        """Table → ID → whole rows as they were written here, and not pushed yet."""

        self.removed: dict[str, list[str]] = {}

    def pull(self, **query: Any) -> dict[str, Any]:
        given = {"last_pulled_at": "null" if self.cursor is None else self.cursor, "schema_version": 1} | query
        asked = "&".join(f"{name}={value}" for name, value in given.items())
        answer = self.caller.get(f"sync?{asked}")
        assert answer.status_code == 200, answer.content
        said = json.loads(answer.getvalue())
        self.apply(said)
        return said

    def apply(self, said: dict[str, Any]) -> None:
        lint(said, first=self.cursor is None)
        assert self.cursor is None or said["timestamp"] >= self.cursor
        replaces = said.get("experimentalStrategy") == "replacement"
        assert not replaces or said["changes"].keys() == BY_NAME.keys()
        for table, told in said["changes"].items():
            if replaces:
                self.rows[table].clear()
            for row in told["updated"]:
                self.rows[table][row["id"]] = row
            for gone in told["deleted"]:
                self.rows[table].pop(gone, None)
        self.cursor = said["timestamp"]

    def write(self, table: str, id: str, **columns: Any) -> None:
        row = self.rows[table].setdefault(id, {"id": id})
        row.update(columns)
        self.edits.setdefault(table, {})[id] = row | {"_status": "updated", "_changed": ",".join(columns)}

    def remove(self, table: str, id: str) -> None:
        del self.rows[table][id]
        self.removed.setdefault(table, []).append(id)

    def push(self) -> int:
        """The status of the answer. What was taken is not pushed again."""
        answer = self.caller.post(f"sync?last_pulled_at={self.cursor}", self.changes())
        if answer.status_code == 200:
            assert answer.json() == {}
            self.edits, self.removed = {}, {}
        return answer.status_code

    def changes(self) -> dict[str, Any]:
        return {
            table: {
                "created": [],
                "updated": list(self.edits.get(table, {}).values()),
                "deleted": self.removed.get(table, []),
            }
            for table in self.edits.keys() | self.removed.keys()
        }

    def check(self) -> None:
        """After a pull, it shows what a new client would."""
        self.pull()
        assert self.rows == fresh(self.caller).rows

    def names(self, table: str) -> list[str]:
        return sorted(row["name"] for row in self.rows[table].values())


def lint(said: dict[str, Any], *, first: bool) -> None:
    """Everything about an answer that would make a client throw, lose something, or show a ghost (SYNC, 2)."""
    assert said.keys() <= {"changes", "timestamp", "experimentalStrategy"}
    assert type(said["timestamp"]) is int
    assert 0 < said["timestamp"] <= LARGEST
    for name, told in said["changes"].items():
        table = BY_NAME[name]
        assert told.keys() == {"created", "updated", "deleted"}
        assert told["created"] == []
        assert not (first and told["deleted"])
        ids = [row["id"] for row in told["updated"]] + told["deleted"]
        assert len(ids) == len(set(ids)), name
        for row in told["updated"]:
            assert row.keys() == {"id", *table.by_name}, name
            for column in table.columns:
                value = row[column.name]
                right = type(value) is PYTHON[column.type] or (value is None and column.optional)
                assert right, (name, column.name, value)


def fresh(caller: Caller) -> Copy:
    """What a client has that begins now."""
    copy = Copy(caller)
    copy.pull()
    return copy

"""What is kept of people's work, to see that nothing of it changed: as it is stored, and as each person sees it."""

from __future__ import annotations

from typing import Any

from tests.api.caller import Caller, everything

Rows = dict[str, dict[str, dict[str, Any]]]
LISTS = (
    "project-groups",
    "projects",
    "sections",
    "tags",
    "tasks",
    "comments",
    "checklist-items",
    "me/reminders",
    "me/priority",
)
WITHOUT_TRASH = ("me/reminders", "me/priority")


def stored() -> Rows:
    """Table → ID → row, of all work, but for when rows changed."""
    return {
        table: {row["id"]: {name: value for name, value in row.items() if name != "changed_at"} for row in rows}
        for table, rows in everything().items()
        if table.startswith("tasks_")
    }


def listed(caller: Caller, path: str, query: str = "") -> list[dict[str, Any]]:
    answer = caller.get(f"{path}?limit=200&{query}")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["next"] is None
    return body["results"]


def seen(caller: Caller, *, changed: tuple[str, ...] = ()) -> dict[str, Any]:
    """All that somebody is told about work, in the trash or not; but for when the rows with the IDs `changed` did."""
    found = {path: listed(caller, path) for path in LISTS}
    found |= {
        f"{path} in the trash": listed(caller, path, "trashed=true") for path in LISTS if path not in WITHOUT_TRASH
    }
    for project in found["projects"]:
        found[f"members of {project['id']}"] = listed(caller, f"projects/{project['id']}/members")
    for rows in found.values():
        for row in rows:
            if row.get("id") in changed:
                row["changed_at"] = None
    return found


def ids(caller: Caller, path: str, query: str = "") -> set[str]:
    return {row["id"] for row in listed(caller, path, query)}

"""What the record says of a push: the same as of the same work done through REST."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from nozbe.announcing import announce_team_change
from nozbe.audit import Verb, append
from nozbe.audit.appending import append_each
from nozbe.sync.push.row import Row
from nozbe.sync.push.standing import Standing

STATES = {
    "trashed_at": ("trashed", "restored"),
    "ended_at": ("ended", "reopened"),
    "archived_at": ("archived", "unarchived"),
    "abandoned_at": ("abandoned", "resumed"),
    "pinned_at": ("pinned", "unpinned"),
}

ABOUT = {
    # What is no object of its own: of what the record tells instead; made, changed, removed
    "favourites": ("project_id", Verb.PROJECT_MADE_FAVOURITE, None, Verb.PROJECT_MADE_ORDINARY),
    "reactions": ("comment_id", Verb.COMMENT_REACTED, None, Verb.COMMENT_UNREACTED),
    "task_tags": ("task_id", Verb.TASK_CHANGED, None, Verb.TASK_CHANGED),
    "priorities": ("task_id", Verb.TASK_STARRED, Verb.TASK_STAR_PLACED, Verb.TASK_UNSTARRED),
    "reminders": ("id", Verb.REMINDER_MADE, Verb.REMINDER_CHANGED, Verb.REMINDER_REMOVED),
}


def record(rows: list[tuple[str, Row]], standing: Standing) -> None:
    """Of rows that were written, each with the noun of its table."""
    entries: dict[tuple[Verb, str], dict[str, None]] = defaultdict(dict)
    for noun, row in rows:
        if row.table.name == "project_members":
            _shared(row, standing)
            continue
        for verb, object in _about(row, standing) if row.table.name in ABOUT else _verbs(noun, row):
            entries[verb, row.seat.team][object] = None
    for (verb, team), objects in entries.items():
        append_each(verb, actor=standing.account, team=team, objects=list(objects))
    for team in {row.seat.team for _noun, row in rows} - {team for _verb, team in entries}:
        announce_team_change(team)  # what is private goes unrecorded, and to one's other devices all the same


def _shared(row: Row, standing: Standing) -> None:
    _team, account = standing.colleagues[row.will_be("member_id")]
    project = row.will_be("project_id")
    append(Verb.PROJECT_SHARED, actor=standing.account, team=row.seat.team, account=account, object=project)


def _about(row: Row, standing: Standing) -> Iterator[tuple[Verb, str]]:
    column, made, changed, removed = ABOUT[row.table.name]
    if row.table.name == "task_tags" and standing.tags[row.will_be("tag_id")][1] is not None:
        return  # one's private tags are nobody else's business
    verb = removed if row.removed else made if row.is_new else changed
    if verb is not None:
        yield verb, row.id if column == "id" else row.will_be(column)


def _verbs(noun: str, row: Row) -> Iterator[tuple[Verb, str]]:
    rest = set(row.changes) - STATES.keys()
    if row.is_new:
        yield Verb(f"{noun}.made"), row.id
    elif noun == "task" and "project_id" in rest:
        yield Verb.TASK_MOVED, row.id
    elif rest == {"position"}:
        yield Verb(f"{noun}.placed"), row.id
    elif rest:
        yield Verb(f"{noun}.changed"), row.id
    for column in STATES.keys() & row.changes.keys():
        begun, over = STATES[column]
        now, before = row.changes[column], row.was(column)
        if (now is None) != (before is None):
            yield Verb(f"{noun}.{over if now is None else begun}"), row.id

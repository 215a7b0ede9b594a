"""A push: all that a client wrote since its last sync, in one transaction, or nothing of it.

- The same rows were written meanwhile, and it did not see that: Conflict. The client pulls, merges, and pushes again.
- What it may not write, or what is not there for it: left out, and put right by its next pull (`Correction`). So the
  answer is the same for what belongs to somebody else and for what nobody knows.
- What stands there as it says already, as after an answer that was lost: done.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from nozbe.errors import DomainError
from nozbe.sync.models import Correction, Resync
from nozbe.sync.push import rules, writing
from nozbe.sync.push.body import Said, typed
from nozbe.sync.push.clashes import Clashes
from nozbe.sync.push.recording import record
from nozbe.sync.push.row import Row
from nozbe.sync.push.standing import LOCKED, Again, stand
from nozbe.sync.push.task_rules import Tasks
from nozbe.sync.push.values import IS_ALL_DAY, agree_on_day, now, repaired, when_of
from nozbe.sync.tables import BY_NAME, SYNCED, SyncedTable

if TYPE_CHECKING:
    from accounts.models import Account

log = structlog.get_logger("nozbe.sync")

ATTEMPTS = 5
LOCK_SECONDS = 5
SERIALIZATION, DEADLOCK, LOCKED_TOO_LONG = "40001", "40P01", "55P03"

MOST_CORRECTIONS = 1000
"""Of more than that, the client gets everything anew."""

TRASHED = "trashed_at"

RULES = {
    "project_groups": rules.ProjectGroups, "projects": rules.Projects, "project_members": rules.ProjectMembers,
    "favourites": rules.Favourites, "sections": rules.Sections, "tags": rules.Tags, "tasks": Tasks,
    "comments": rules.Comments, "reactions": rules.Reactions, "checklist_items": rules.ChecklistItems,
    "task_tags": rules.TaskTags, "reminders": rules.Reminders, "priorities": rules.Priorities,
}  # fmt: skip


class Conflict(DomainError):
    code = "conflict"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("Something of this changed meanwhile. Pull, then push again. Nothing was changed."))


class Busy(DomainError):
    code = "busy"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__(_("Others are writing the same at this moment. Try again. Nothing was changed."))


def push(by: Account, number: int | None, said: dict[str, Said]) -> None:
    """All or nothing. Raises Conflict, also for a cursor that nobody knows, and Busy."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                _Push(by, _snapshot_of(by, number), said).run()
        except (Again, IntegrityError, OperationalError) as error:
            if isinstance(error, OperationalError) and _state(error) not in (SERIALIZATION, DEADLOCK, LOCKED_TOO_LONG):
                raise
            # Two wrote the same new rows, or waited for each other: what the other one wrote is there now.
            log.info("a push begins anew", attempt=attempt, error=type(error).__name__, state=_state(error))
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 — no secret
        else:
            return
    raise Busy


def _state(error: Exception) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def _snapshot_of(by: Account, number: int | None) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
        cursor.execute("SELECT snapshot::text FROM sync_cursor WHERE id = %s AND account_id = %s", [number, by.pk])
        row = cursor.fetchone()
    if row is None:
        raise Conflict
    return str(row[0])


class _Push:
    def __init__(self, by: Account, snapshot: str, said: dict[str, Said]) -> None:
        self.by = by
        self.said = said
        self.standing = stand(by.pk, snapshot, said)
        self.written: list[tuple[str, Row]] = []
        self.deeds: list[Row] = []
        self.wrong: set[tuple[str, str]] = set()

    def run(self) -> None:
        if self.standing.buried:
            raise Conflict
        projects: list[Row] = []
        for table in SYNCED:
            said = self.said.get(table.name, Said())
            if table.name not in LOCKED:
                self.wrong |= {(table.name, id) for id in said.rows.keys() | said.deleted}
            else:
                rows = self.write(table, said)
                projects = rows if table.name == "projects" else projects
                if table.name == "project_members":
                    rules.stay_in(projects)
            self.wrong |= {(table.name, id) for id in said.strange}
        record(self.written, self.standing)
        self.do_deeds()
        self.correct()

    def write(self, table: SyncedTable, said: Said) -> list[Row]:
        """Returns what was written of new and changed rows."""
        law = RULES[table.name](self.standing)
        rows = [self.row(table, id, raw) for id, raw in said.rows.items()]
        leaving = [self.row(table, id, {}) for id in said.deleted if id in self.standing.rows.get(table.name, {})]
        for row in rows:
            self.decide(row, law)
        for row in leaving:
            self.decide_leaving(row, law)
        kept = Clashes(table, self.standing).without_losers([row for row in rows if row.place and row.is_new], leaving)
        for row in leaving:
            if row.id in kept.winners:
                row.later.clear()  # who is taken out and let in again stays
        changed = [row for row in rows + leaving if row.changes and not row.is_new]
        removed = [row for row in leaving if row.removed]
        if removed:
            writing.remove(table, removed)
        if kept.rows:
            writing.insert(table, kept.rows, law)
        if changed:
            writing.update(table, changed)
        for row in kept.rows:
            law.note(row)
        self.wrong |= {(table.name, id) for id in kept.winners}
        self.wrong |= {(table.name, row.id) for row in rows + leaving if row.wrong or row.later}
        self.deeds += [row for row in rows + leaving if row.later]
        self.written += [(law.noun, row) for row in (*kept.rows, *changed, *removed)]
        return [*kept.rows, *changed]

    def row(self, table: SyncedTable, id: str, raw: dict[str, Any]) -> Row:
        stored = self.standing.rows.get(table.name, {}).get(id)
        if stored is not None:
            told = stored.told
            raw = {name: value for name, value in raw.items() if value != told[name]}
        return Row(table, id, raw, repaired(table, typed(table, raw)), stored)

    def decide(self, row: Row, law: rules.Rules) -> None:
        if row.stored is None:
            self.decide_new(row, law)
            return
        row.place = law.seat(row.stored.told, row.stored.whose)
        if row.place is None:
            row.wrong = True
            return
        different = {
            name: value
            for name, value in row.said.items()
            if value != row.stored.told[name] and not row.table.by_name[name].fixed
        }
        if TRASHED in different and different[TRASHED] is not None and row.was(TRASHED) is not None:
            del different[TRASHED]  # since when is for the server to say
        permitted = law.may_change(row, row.seat, set(different))
        row.changes = {name: value for name, value in different.items() if name in permitted}
        row.wrong = len(permitted) < len(different)
        self.settle(row, law)
        if not (row.changes or row.later):
            row.wrong = bool(row.raw)
        elif row.stored.newer:
            raise Conflict

    def decide_new(self, row: Row, law: rules.Rules) -> None:
        taken = row.id in self.standing.taken.get(row.table.name, ())
        complete = all(row.said.get(name) is not None for name in law.needed)
        seat = law.seat(row.said, None) if complete and not taken else None
        row.place = seat if seat is not None and law.may_make(row, seat) else None
        if row.place is not None:
            row.changes = dict(row.said)
            self.settle(row, law)
        row.wrong |= row.place is None

    def settle(self, row: Row, law: rules.Rules) -> None:
        if row.changes.get(TRASHED) is not None:
            row.changes[TRASHED] = now()  # it is purged some days after that
        when = when_of(row.table)
        if when and row.changes.keys() & {when.name, IS_ALL_DAY}:
            both = {name: row.will_be(name) for name in (when.name, IS_ALL_DAY)}
            agreed = agree_on_day(both, when.name)
            if not agreed:
                row.leave(*both)
            row.changes |= agreed
            if agreed and not row.is_new and all(agreed[name] == row.was(name) for name in both):
                row.changes = {name: value for name, value in row.changes.items() if name not in both}
        law.settle(row)

    def decide_leaving(self, row: Row, law: rules.Rules) -> None:
        """What can be thrown away is; the rest goes."""
        assert row.stored is not None  # others are as good as gone
        row.place = law.seat(row.stored.told, row.stored.whose)
        if row.place is None:
            return
        if TRASHED in row.table.by_name:
            if row.was(TRASHED) is not None:
                return
            if law.may_change(row, row.seat, {TRASHED}):
                row.changes = {TRASHED: now()}
        else:
            row.removed = law.may_remove(row, row.seat)
        row.wrong = not (row.changes or row.removed)
        if row.stored.newer and (row.later or not row.wrong):
            raise Conflict

    def do_deeds(self) -> None:
        """By verbs of the models, each on its own: what one of them refuses is corrected, not the end of all."""
        for row in self.deeds:
            for deed in row.later:
                try:
                    with transaction.atomic():
                        deed(self.by)
                except ValidationError:
                    continue
                except DomainError as refusal:
                    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                        raise

    def correct(self) -> None:
        if not self.wrong:
            return
        log.info("a push is corrected", rows=len(self.wrong), tables=sorted({table for table, _id in self.wrong}))
        if len(self.wrong) > MOST_CORRECTIONS:
            Resync.objects.create(account_id=self.by.pk)
        else:
            Correction.objects.bulk_create(self.corrections(sorted(self.wrong)))

    def corrections(self, wrong: Iterable[tuple[str, str]]) -> list[Correction]:
        return [Correction(account_id=self.by.pk, table=table, row_id=id) for table, id in wrong]


assert set(RULES) == set(LOCKED) <= set(BY_NAME)

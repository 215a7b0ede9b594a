"""Of tasks, what is not one column of one row: where they go, who is responsible, and that some come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nozbe.sync.push.row import Row
from nozbe.sync.push.rules import OfProject, Values
from nozbe.sync.push.standing import Standing
from nozbe.sync.push.values import stored
from tasks.models import Project, Task
from tasks.models.recurring import Repetition

if TYPE_CHECKING:
    from accounts.models import Account

RECURRENCE = ("recurrence_rule", "recurrence_mode", "recurrence_time_zone")
DUE = ("due_at", "is_all_day")


class Tasks(OfProject):
    noun = "task"
    needed = ("project_id",)
    unnamed = True

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing)
        self.works: dict[tuple[str, str], bool] = {}
        """Project and account → whether that person works there; as far as it was asked."""

    def settle(self, row: Row) -> None:
        self._settle_place(row)
        self._settle_responsible(row)
        self._settle_recurrence(row)
        self._settle_end(row)

    def own_columns(self, row: Row) -> Values:
        return {"author_id": self.standing.account}

    def note(self, row: Row) -> None:
        self.standing.tasks[row.id] = (row.seat.team, row.will_be("project_id"))

    def _settle_place(self, row: Row) -> None:
        if not row.is_new and "project_id" in row.changes:
            there = self.standing.projects.get(row.changes["project_id"])
            if there is None or not there.works or there.team != row.seat.team:
                row.leave("project_id", "section_id")
        section, project = row.will_be("section_id"), row.will_be("project_id")
        if section is not None and self.standing.sections.get(section) != project:
            row.leave("section_id")
            if row.was("section_id") is not None and row.was("project_id") != project:
                row.changes["section_id"] = None

    def _settle_responsible(self, row: Row) -> None:
        responsible, project = row.will_be("responsible_id"), row.will_be("project_id")
        if responsible is None or not row.changes.keys() & {"responsible_id", "project_id"}:
            return
        if not self._works_in(project, responsible):
            row.leave("responsible_id")
            before = row.was("responsible_id")
            if before is not None and not self._works_in(project, before):
                row.changes["responsible_id"] = None

    def _works_in(self, project: str, account: str) -> bool:
        """Whom a project is shared with was written before, if it is in the same push."""
        if (project, account) not in self.works:
            self.works[project, account] = Project.objects.get(pk=project).can_work(account)
        return self.works[project, account]

    def _settle_recurrence(self, row: Row) -> None:
        """The rule, its count and the time of day hang together: a verb sees to that."""
        named = [name for name in (*RECURRENCE, *DUE) if name in row.changes]
        recurs = row.was("recurrence_rule") is not None
        if not (
            any(row.changes.get(name) != row.was(name) for name in RECURRENCE if name in row.changes)
            or (recurs and named)
        ):
            for name in RECURRENCE:
                row.changes.pop(name, None)
            return
        values = {name: row.will_be(name) for name in (*RECURRENCE, *DUE)}
        given: dict[str, Any] = {}
        if any(name in row.changes for name in RECURRENCE):
            rule = values["recurrence_rule"]
            given["recurrence"] = rule and Repetition(
                rule, values["recurrence_mode"] or "schedule", values["recurrence_time_zone"] or "UTC"
            )
        if row.is_new:
            named = list(RECURRENCE)  # it is made with its due date
        elif any(name in row.changes for name in DUE):
            given |= stored(row.table, {name: values[name] for name in DUE})
        for name in named:
            row.changes.pop(name, None)
        row.later.append(lambda by: Task.objects.get(pk=row.id).change(by=by, **given))

    def _settle_end(self, row: Row) -> None:
        """Done or abandoned. What comes again goes on to its next occurrence instead."""
        comes_again = row.was("recurrence_rule") is not None or row.raw.get("recurrence_rule")
        by_verb = comes_again or row.was("is_past_occurrence")
        ended = row.was("ended_at") if by_verb else row.will_be("ended_at")
        if row.changes.get("ended_at") is not None and row.will_be("abandoned_at") is not None:
            row.changes["abandoned_at"] = None
        elif row.changes.get("abandoned_at") is not None and ended is not None:
            row.leave("abandoned_at")
        said = row.changes.pop("completed_occurrence", None)
        if "ended_at" not in row.changes or not by_verb:
            return
        if row.changes["ended_at"] is None:
            del row.changes["ended_at"]
            row.later.append(lambda by: Task.objects.get(pk=row.id).reopen_occurrence(by=by))
        elif comes_again:
            del row.changes["ended_at"]
            occurrence = said or row.was("occurrence") or 1
            row.later.append(lambda by: _complete(row, occurrence, by))


def _complete(row: Row, occurrence: int, by: Account) -> None:
    if row.will_be("abandoned_at") is None:
        Task.objects.get(pk=row.id).complete_occurrence(occurrence, by=by)

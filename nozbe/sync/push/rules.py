"""What somebody may do with a row that they push, table by table; the same as REST lets them (`tasks.models`).

But that something is in the trash stops nobody here: they wrote it before they could know, and nothing that was typed
is lost. It lies in the trash then, with the rest.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account
from nozbe.sync.push.row import Row
from nozbe.sync.push.standing import ProjectSeat, Seat, Standing
from nozbe.sync.push.values import now
from tasks.models import Project
from tasks.models.project_member import ProjectMember

TRASHED = "trashed_at"

Values = dict[str, Any]


class Rules:
    noun: ClassVar[str] = ""
    """How the record calls it, where it has verbs of its own."""

    needed: ClassVar[tuple[str, ...]] = ()
    """Without these there is no such row."""

    unnamed: ClassVar[bool] = False
    """Whether it needs a name, and gets one."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing

    def seat(self, values: Values, whose: str | None) -> Seat | None:
        """The person's, where a row with those columns is; None when there is nothing for them there."""
        raise NotImplementedError

    def may_make(self, row: Row, seat: Seat) -> bool:
        return seat.works

    def may_change(self, row: Row, seat: Seat, columns: set[str]) -> set[str]:
        """Of these columns, those that the person may write."""
        return columns if seat.works else set()

    def may_remove(self, row: Row, seat: Seat) -> bool:
        return seat.works

    def settle(self, row: Row) -> None:
        """Mend what does not go together, and put off what takes a verb."""

    def own_columns(self, row: Row) -> Values:
        """Of the database, for a new row: what does not follow from the wire."""
        return {}

    def siblings(self, new: Any) -> QuerySet[Any]:
        """All that a new row goes behind."""
        rows: QuerySet[Any] = new.siblings()
        return rows

    def note(self, row: Row) -> None:
        """A new row is a parent for those that come after it."""


class OfTeam(Rules):
    def seat(self, values: Values, whose: str | None) -> Seat | None:
        return self.standing.seats.get(values.get("team_id", ""))


class OfProject(Rules):
    def seat(self, values: Values, whose: str | None) -> Seat | None:
        return self.standing.projects.get(values.get("project_id", ""))


class OfTask(Rules):
    def seat(self, values: Values, whose: str | None) -> Seat | None:
        return self.standing.seat_at_task(values.get("task_id"))


class Own:
    """Of one member alone: others' are not there."""

    def seat(self, values: Values, whose: str | None) -> Seat | None:
        seat = super().seat(values, whose)  # type: ignore[misc]  # beside one of the classes above
        return seat if seat is not None and whose in (None, seat.membership) else None

    def own_columns(self, row: Row) -> Values:
        return {"membership_id": row.seat.membership}


class ProjectGroups(OfTeam):
    noun = "project_group"
    unnamed = True

    def note(self, row: Row) -> None:
        self.standing.groups[row.id] = row.seat.team


class Projects(Rules):
    noun = "project"
    unnamed = True

    def seat(self, values: Values, whose: str | None) -> Seat | None:
        if "id" in values:
            return self.standing.projects.get(values["id"])
        return self.standing.seats.get(values.get("team_id", ""))

    def may_change(self, row: Row, seat: Any, columns: set[str]) -> set[str]:
        return columns if seat.works and not seat.is_single else set()

    def settle(self, row: Row) -> None:
        group = row.changes.get("group_id")
        if group is not None and self.standing.groups.get(group) != row.seat.team:
            row.leave("group_id")

    def siblings(self, new: Project) -> QuerySet[Any]:
        """Those that the person sees: no place tells of the others."""
        return new.siblings_seen(Account(pk=self.standing.account))

    def own_columns(self, row: Row) -> Values:
        return {"author_id": self.standing.account}

    def note(self, row: Row) -> None:
        seat = row.seat
        self.standing.projects[row.id] = ProjectSeat(seat.team, seat.membership, seat.role, row.id)


def stay_in(projects: list[Row]) -> None:
    """Whoever makes a project, or makes it private, is in it. Members that they say themselves are written before."""
    for row in projects:
        if row.place is not None and (row.is_new or row.changes.get("is_open") is False):
            given = {"project_id": row.id, "membership_id": row.seat.membership}
            ProjectMember.objects.get_or_create(**given, defaults={"team_id": row.seat.team})


class ProjectMembers(OfProject):
    needed = ("project_id", "member_id")

    def may_make(self, row: Row, seat: Any) -> bool:
        team, _account = self.standing.colleagues.get(row.said["member_id"], (None, None))
        return seat.works and not seat.is_single and team == seat.team

    def may_remove(self, row: Row, seat: Any) -> bool:
        account = self.standing.colleagues.get(row.was("member_id"), ("", None))[1]
        if account is not None:
            row.later.append(lambda by: Project.objects.get(pk=row.was("project_id")).unshare(account, by=by))
        return False


class Favourites(Own, OfProject):
    needed = ("project_id",)


class Sections(OfProject):
    noun = "section"
    needed = ("project_id",)
    unnamed = True

    def note(self, row: Row) -> None:
        self.standing.sections[row.id] = row.said["project_id"]


class Tags(OfTeam):
    noun = "tag"
    unnamed = True

    def seat(self, values: Values, whose: str | None) -> Seat | None:
        seat = super().seat(values, whose)
        return seat if seat is not None and whose in (None, seat.membership) else None

    def own_columns(self, row: Row) -> Values:
        return {"private_to_id": row.seat.membership if row.said.get("is_private") else None}

    def note(self, row: Row) -> None:
        self.standing.tags[row.id] = (row.seat.team, self.own_columns(row)["private_to_id"])


class Comments(OfTask):
    noun = "comment"
    needed = ("task_id", "body")

    def may_make(self, row: Row, seat: Any) -> bool:
        return True

    def may_change(self, row: Row, seat: Any, columns: set[str]) -> set[str]:
        mine = row.was("author_id") == self.standing.account
        permitted = {"pinned_at"} if seat.works else set()
        if mine:
            permitted.add("body")
        if mine or seat.role.manages:
            permitted.add(TRASHED)
        return columns & permitted

    def settle(self, row: Row) -> None:
        if row.is_new and not row.seat.works:
            row.leave("pinned_at")
        if not row.is_new and "body" in row.changes:
            row.changes["edited_at"] = now()

    def own_columns(self, row: Row) -> Values:
        return {"author_id": self.standing.account}

    def note(self, row: Row) -> None:
        self.standing.comments[row.id] = row.said["task_id"]


class Reactions(Rules):
    needed = ("comment_id", "emoji")

    def seat(self, values: Values, whose: str | None) -> Seat | None:
        return self.standing.seat_at_task(self.standing.comments.get(values.get("comment_id", "")))

    def may_make(self, row: Row, seat: Any) -> bool:
        return True

    def may_change(self, row: Row, seat: Any, columns: set[str]) -> set[str]:
        return set()

    def may_remove(self, row: Row, seat: Any) -> bool:
        return bool(row.was("author_id") == self.standing.account)

    def own_columns(self, row: Row) -> Values:
        return {"author_id": self.standing.account}


class ChecklistItems(OfTask):
    noun = "checklist_item"
    needed = ("task_id",)
    unnamed = True

    def settle(self, row: Row) -> None:
        comment = row.changes.get("comment_id")
        if comment is not None and self.standing.comments.get(comment) != row.said["task_id"]:
            row.leave("comment_id")


class TaskTags(OfTask):
    needed = ("task_id", "tag_id")

    def may_make(self, row: Row, seat: Any) -> bool:
        return seat.works and self._sees_tag(row.said["tag_id"], seat)

    def may_remove(self, row: Row, seat: Any) -> bool:
        return seat.works and self._sees_tag(row.was("tag_id"), seat)

    def _sees_tag(self, tag: str, seat: Seat) -> bool:
        team, whose = self.standing.tags.get(tag, (None, None))
        return team == seat.team and whose in (None, seat.membership)


class Reminders(Own, OfTask):
    noun = "reminder"
    needed = ("task_id",)

    def settle(self, row: Row) -> None:
        """At a moment, on a day, or some time before: one of them, what is said last."""
        if row.changes.get("minutes_before") is not None and row.will_be("at") is not None:
            row.changes |= {"at": None, "is_all_day": False}
        elif row.will_be("at") is not None and row.will_be("minutes_before") is not None:
            row.changes["minutes_before"] = None
        if row.will_be("at") is None and row.will_be("minutes_before") is None:
            if row.is_new:
                row.place = None
            row.leave("at", "is_all_day", "minutes_before")


class Priorities(Own, OfTask):
    needed = ("task_id",)


def a_name() -> str:
    """Of what was left without one."""
    return _("Untitled")

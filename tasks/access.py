"""Who may do what with work: everything is asked here, under locks that hold until the transaction ends.

A project is open, to everybody in the team but guests, or private; whom it is shared with sees it in any case. Guests
see and comment; everybody else who sees a project works in it. For whoever does not see it, it does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from django.db import connection

from accounts.errors import NotAllowed
from accounts.models.membership import Role
from nozbe.errors import NotFound

if TYPE_CHECKING:
    from accounts.models import Account

Lock = Literal["SHARE", "NO KEY UPDATE"]


@dataclass(frozen=True)
class Seat:
    """Somebody's place in a team, which nobody takes away before the transaction ends."""

    team: str
    membership: str
    account: str
    role: Role

    def refuse_guest(self) -> None:
        """Raises NotAllowed for who may only look and comment."""
        if self.role == Role.GUEST:
            raise NotAllowed


@dataclass(frozen=True)
class ProjectSeat(Seat):
    project: str
    trashed_at: datetime | None


SEAT = """
    SELECT id, role FROM accounts_membership WHERE team_id = %s AND account_id = %s AND ended_at IS NULL FOR SHARE
"""
# The row of the project is locked against a change of whom it is shared with; that of the membership against its end.
PROJECT_SEAT = """
    SELECT p.team_id, m.id, m.role, p.trashed_at, p.is_open
    FROM tasks_project p JOIN accounts_membership m ON m.team_id = p.team_id
    WHERE p.id = %s AND m.account_id = %s AND m.ended_at IS NULL
    FOR {lock} OF p FOR SHARE OF m
"""
SEES = """
    JOIN accounts_membership m ON m.team_id = p.team_id AND m.account_id = %(account)s AND m.ended_at IS NULL
    AND ((p.is_open AND m.role <> 'guest') OR EXISTS (
        SELECT FROM tasks_projectmember shared WHERE shared.project_id = p.id AND shared.membership_id = m.id
    ))
"""
"""`FROM tasks_project p` + SEES: the projects that an account sees, each with its membership `m`, also those in the
trash. The same in SQL as `Project.objects.visible_to`, for statements that are written by hand.
"""

SHARED = "SELECT 1 FROM tasks_projectmember WHERE project_id = %s AND membership_id = %s"


def enter_team(team: str, by: Account) -> Seat:
    """Raises NotFound for somebody who is not a member now."""
    with connection.cursor() as cursor:
        cursor.execute(SEAT, [team, by.pk])
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    return Seat(team=team, membership=row[0], account=by.pk, role=Role(row[1]))


def enter_project(project: str, by: Account, *, lock: Lock = "SHARE") -> ProjectSeat:
    """Raises NotFound for whoever does not see the project; one in the trash is seen."""
    with connection.cursor() as cursor:
        cursor.execute(PROJECT_SEAT.format(lock=lock), [project, by.pk])
        row = cursor.fetchone()
        if row is None:
            raise NotFound
        team, membership, role, trashed_at, is_open = row
        if not is_open or role == Role.GUEST:
            # A statement of its own, after the lock: it sees what was shared before.
            cursor.execute(SHARED, [project, membership])
            if cursor.fetchone() is None:
                raise NotFound
    return ProjectSeat(
        team=team, membership=membership, account=by.pk, role=Role(role), project=project, trashed_at=trashed_at
    )

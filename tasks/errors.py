"""What projects and tasks refuse, and why."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext as _

from nozbe.errors import DomainError


class InTrash(DomainError):
    """What lies in the trash is only looked at and restored."""

    code = "in_trash"
    status = HTTPStatus.CONFLICT

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or _("It is in the trash. Restore it first. Nothing was changed."))


class AnotherState(DomainError):
    """Ended, abandoned and archived are different states, and one does not lead into each other."""

    code = "another_state"
    status = HTTPStatus.CONFLICT


class NotTheLatest(DomainError):
    """Only the occurrence that was completed last can be reopened: the others lie under it."""

    code = "not_the_latest"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("A later occurrence was completed since. Reopen that one first. Nothing was changed."))


class AnotherOccurrence(DomainError):
    """The task is at another occurrence than the caller knows."""

    code = "another_occurrence"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            _("The task has moved on to another occurrence. Look again, then decide. Nothing was changed.")
        )


class SomebodyMustStay(DomainError):
    """A private project without anybody in it would be lost to everybody."""

    code = "somebody_must_stay"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("Somebody who works in the team must stay in a private project. Nothing was changed."))


class BeingMoved(DomainError):
    """A whole list needs new places, and somebody else is changing something in it."""

    code = "being_moved"
    status = HTTPStatus.CONFLICT
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__(_("Others are changing this list at this moment. Try again. Nothing was changed."))


class TooManyRows(DomainError):
    """A limit that no honest use reaches."""

    code = "too_many"
    status = HTTPStatus.CONFLICT

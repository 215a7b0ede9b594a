"""What accounts and teams refuse, and why."""

from __future__ import annotations

import math
from http import HTTPStatus

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nozbe.errors import DomainError


class NotAllowed(DomainError):
    """The person sees it, and may not do this with it."""

    code = "not_allowed"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or _("Your role in this team does not allow that. Nothing was changed."))


class OwnerMustHandOver(DomainError):
    """A team has exactly one owner, who first hands it over to somebody."""

    code = "owner_must_hand_over"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("A team always has an owner. Hand the team over to another member first."))


class AlreadyMember(DomainError):
    code = "already_member"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("That person is a member of this team already."))


class AlreadyInvited(DomainError):
    code = "already_invited"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("There is an open invitation for that address already. Revoke it to send a new one."))


class TooMany(DomainError):
    """A limit that no honest use reaches, so that nobody fills the database or other people's mailboxes."""

    code = "too_many"
    status = HTTPStatus.CONFLICT


class InvitationOver(DomainError):
    """The link is genuine, and has been used, revoked, or is too old."""

    code = "invitation_over"
    status = HTTPStatus.GONE

    def __init__(self) -> None:
        super().__init__(_("This invitation has been used, revoked, or has expired. Ask for a new one."))


class InvitationForSomebodyElse(DomainError):
    code = "invitation_for_somebody_else"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            _("This invitation was sent to another address than yours. Sign in with that one, or ask for a new one.")
        )


class TooManyGuesses(DomainError):
    """Wrong too often, from there or for that account: whoever is right waits, too. The wait is in Retry-After."""

    code = "too_many_guesses"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: float) -> None:
        self.retry_after_seconds = max(1, math.ceil(seconds))
        minutes = math.ceil(self.retry_after_seconds / 60)
        if self.retry_after_seconds < 60:
            wait = ngettext("%(n)d second", "%(n)d seconds", self.retry_after_seconds) % {"n": self.retry_after_seconds}
        else:
            wait = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
        super().__init__(_("There were too many wrong attempts. Wait %(wait)s, then try again.") % {"wait": wait})


class WrongPassword(DomainError):
    code = "wrong_password"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("That is not your password. Nothing was changed."))


class MailUnavailable(DomainError):
    code = "mail_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(_("We cannot send mail right now, so nothing was changed. Please try again in a few minutes."))


class ConfirmItIsYou(DomainError):
    """A browser that was left open is not enough for what cannot be taken back."""

    code = "confirm_it_is_you"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("Prove once more who you are, at /confirm-it-is-you; then try again. Nothing was changed."))

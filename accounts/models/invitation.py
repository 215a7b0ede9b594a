"""An invitation by mail into a team: for one address, for one use, for a week, and revocable.

The link carries a signature of its ID by the site's secret key. So the database holds nothing that would let its
reader in, and the mail can be sent by a job that finds the row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import (
    AlreadyInvited,
    AlreadyMember,
    InvitationForSomebodyElse,
    InvitationOver,
    NotAllowed,
    TooMany,
)
from accounts.models.membership import GRANTABLE, Membership, Role
from accounts.models.team import Team
from nozbe.audit import Verb, append
from nozbe.errors import NotFound
from nozbe.models import Record
from nozbe.validators import refuse, validate_mailable

if TYPE_CHECKING:
    from accounts.models.account import Account

LASTS = timedelta(days=7)
MOST_OPEN = 200
MOST_A_DAY = 200
"""Of one team, and of one person in all their teams, so that nobody sends mail to the world by it."""
MOST_A_DAY_TO_ONE = 5
"""From one person to one address, so that nobody fills somebody's mailbox."""
TRIES = 5
"""How often sending is tried; then the page says that the mail could not be sent."""
BEING_SENT = timedelta(minutes=5)
"""How long one that a worker has picked is left to it; longer than sending can take (EMAIL_TIMEOUT)."""
KEPT_FOR = timedelta(days=30)
"""How long one that is over stays, to be seen and sent again."""


def a_week_from_now() -> datetime:
    return timezone.now() + LASTS


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Neither used nor revoked, and not too old."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())

    def over(self) -> InvitationQuerySet:
        return self.exclude(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())

    def for_account(self, account: Account) -> InvitationQuerySet:
        """Open ones to addresses that the person has proved to be theirs."""
        return self.open().filter(email__in=account.verified_addresses())

    def waiting(self) -> InvitationQuerySet:
        """Neither used nor revoked, newest first: also those that are too old, and can be sent again."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True).order_by("-created_at", "pk")

    def to_be_sent(self) -> InvitationQuerySet:
        return self.open().filter(sent_at__isnull=True, send_after__lte=timezone.now(), failures__lt=TRIES)

    def to_be_forgotten(self) -> InvitationQuerySet:
        """Over for a month."""
        then = timezone.now() - KEPT_FOR
        return self.filter(Q(accepted_at__lte=then) | Q(revoked_at__lte=then) | Q(expires_at__lte=then))

    @transaction.atomic
    def take_one_to_send(self) -> Invitation | None:
        """Pick one whose mail is due, and keep the others from it for a while, so that two workers never send it both.

        Committed before the mail is sent: nothing is locked while a mail server thinks.
        """
        due = self.to_be_sent().order_by("send_after").select_related("team", "invited_by")
        invitation = due.select_for_update(skip_locked=True, of=("self",)).first()
        if invitation is not None:
            self.filter(pk=invitation.pk).update(send_after=timezone.now() + BEING_SENT)
        return invitation

    @transaction.atomic
    def invite(self, team: Team, *, email: str, role: Role, by: Account, id: str | None = None) -> Invitation:
        """Invite whoever reads mail at `email`; a job sends it within seconds.

        Raises NotAllowed, AlreadyInvited, AlreadyMember, TooMany, and ValidationError by field.
        """
        team.lock_to_manage(by)
        email = email.strip().lower()
        invitation = Invitation(team=team, email=email, role=role, invited_by=by)
        if id is not None:
            invitation.id = id
        invitation.full_clean()
        theirs = self.filter(team=team)
        if team.memberships.live().filter(account__email=email).exists():
            raise AlreadyMember
        if theirs.open().filter(email=email).exists():
            raise AlreadyInvited
        today = self.filter(created_at__gt=timezone.now() - timedelta(days=1))
        if theirs.open().count() >= MOST_OPEN or today.filter(Q(team=team) | Q(invited_by=by)).count() >= MOST_A_DAY:
            raise TooMany(_("200 invitations were sent. Wait until tomorrow, or until some are accepted."))
        if today.filter(invited_by=by, email=email).count() >= MOST_A_DAY_TO_ONE:
            raise TooMany(_("You have invited that address five times today. Wait until tomorrow."))
        invitation.save(force_insert=True)
        append(Verb.INVITATION_MADE, actor=by.pk, team=team.pk, object=invitation.pk)
        return invitation

    def find(self, token: str) -> Invitation:
        """The invitation that a link is about, open or over. Raises NotFound for a link that is not ours."""
        try:
            pk = Invitation.signer().unsign(token)
        except BadSignature:
            raise NotFound from None
        invitation = self.filter(pk=pk).select_related("team", "invited_by").first()
        if invitation is None:
            raise NotFound
        return invitation


class Invitation(Record):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=6, choices=[(role.value, role.label) for role in GRANTABLE])
    invited_by = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(default=a_week_from_now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    send_after = models.DateTimeField(default=timezone.now, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="an_invitation_is_accepted_or_revoked",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in GRANTABLE]), name="nobody_is_invited_as_owner"
            ),
        ]
        indexes = [
            models.Index(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="open_invitations_by_address",
            ),
            models.Index(
                fields=["send_after"],
                condition=Q(sent_at__isnull=True, accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitations_to_be_sent",
            ),
        ]

    def __str__(self) -> str:
        return self.pk

    def clean(self) -> None:
        """Raise ValidationError by field for an address that no mail can be sent to."""
        refuse("email", self.email, validate_mailable)

    @staticmethod
    def signer() -> Signer:
        return Signer(salt="accounts.invitation")

    @property
    def token(self) -> str:
        """What the mailed link carries."""
        return self.signer().sign(self.pk)

    @property
    def state(self) -> str:
        """Of one that is waiting: `too_old`, `sent`, `not_sent` (given up), or `to_be_sent`."""
        if self.expires_at <= timezone.now():
            return "too_old"
        if self.sent_at is not None:
            return "sent"
        return "not_sent" if self.failures >= TRIES else "to_be_sent"

    def is_open(self) -> bool:
        return Invitation.objects.open().filter(pk=self.pk).exists()

    def refuse_unless_for(self, account: Account) -> None:
        """Raises InvitationOver, InvitationForSomebodyElse and AlreadyMember."""
        if not self.is_open():
            raise InvitationOver
        if self.email not in account.verified_addresses():
            raise InvitationForSomebodyElse
        if self.team.memberships.live().filter(account=account).exists():
            raise AlreadyMember

    @transaction.atomic
    def accept(self, *, by: Account) -> Membership:
        """Make `by` a member. Raises InvitationOver, InvitationForSomebodyElse and AlreadyMember.

        Two at once: the second waits for the team's lock, and finds it used.
        """
        self.team.lock()
        self.refuse_unless_for(by)
        Invitation.objects.filter(pk=self.pk).update(accepted_at=timezone.now())
        membership = Membership.objects.create(team=self.team, account=by, role=self.role)
        append(Verb.MEMBER_JOINED, actor=by.pk, team=self.team_id, account=by.pk, object=membership.pk)
        return membership

    @transaction.atomic
    def revoke(self, *, by: Account) -> None:
        """The link opens nothing from now on; twice is fine. Raises NotAllowed, InvitationOver when it was accepted."""
        self.team.lock()
        if by.pk != self.invited_by_id and not self.team.role_of(by).manages:
            raise NotAllowed
        self.refresh_from_db(fields=["accepted_at"])
        if self.accepted_at is not None:
            raise InvitationOver
        self.withdraw(by=by)

    def withdraw(self, *, by: Account) -> None:
        """As `revoke`, not asking who may: part of a verb that ends somebody's place, and holds the team's lock."""
        unused = Invitation.objects.filter(pk=self.pk, accepted_at__isnull=True, revoked_at__isnull=True)
        if unused.update(revoked_at=timezone.now()):
            append(Verb.INVITATION_REVOKED, actor=by.pk, team=self.team_id, object=self.pk)

    @transaction.atomic
    def send_again(self, *, by: Account) -> Invitation:
        """Revoke it and invite anew, for another week, with another link. Raises as `revoke` and `invite` do."""
        self.revoke(by=by)
        return Invitation.objects.invite(self.team, email=self.email, role=Role(self.role), by=by)

    def note_sent(self) -> None:
        Invitation.objects.filter(pk=self.pk).update(sent_at=timezone.now())

    def note_not_sent(self) -> None:
        """Try again later, each time after a longer while: 1, 2, 4, 8 minutes."""
        pause = timedelta(minutes=2**self.failures)
        Invitation.objects.filter(pk=self.pk).update(failures=self.failures + 1, send_after=timezone.now() + pause)

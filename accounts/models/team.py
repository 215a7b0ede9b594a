"""A team: a workspace with exactly one owner. Every verb locks the team first, so that verbs come one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.validators import ProhibitNullCharactersValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, OwnerMustHandOver, TooMany
from accounts.models.membership import Membership, Role
from nozbe.audit import Verb, append
from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.fields import SealedTextField
from nozbe.encryption.models import Keyring
from nozbe.encryption.querysets import SealedQuerySet
from nozbe.errors import NotFound
from nozbe.models import Record
from nozbe.validators import refuse, validate_visible

if TYPE_CHECKING:
    from accounts.models.account import Account

MOST_OWNED = 50


class TeamQuerySet(SealedQuerySet):
    def visible_to(self, account: Account) -> TeamQuerySet:
        """Teams the person is a member of now, in any role."""
        return self.filter(memberships__account=account, memberships__ended_at__isnull=True)

    @transaction.atomic
    def start(self, *, name: str, by: Account, id: str | None = None) -> Team:
        """Make a team that `by` owns, with its own keys. Raises NoReadyKey, TooMany, and ValidationError by field."""
        from accounts.models.account import Account

        Account.objects.select_for_update(no_key=True).get(pk=by.pk)
        if by.memberships.live().filter(role=Role.OWNER).count() >= MOST_OWNED:
            raise TooMany(_("You own 50 teams already. Hand one over or delete one first."))
        team = Team(name=name.strip())
        if id is not None:
            team.id = id
        team.full_clean()
        Keyring.objects.take(Keyring.TEAM, owner=team.pk)
        team.save(force_insert=True)
        Membership.objects.create(team=team, account=by, role=Role.OWNER)
        append(Verb.TEAM_MADE, actor=by.pk, team=team.pk, object=team.pk)
        return team


class TeamManager(models.Manager.from_queryset(TeamQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class Team(SealedFields, Record):
    name = SealedTextField(max_length=100, owner="pk", validators=[ProhibitNullCharactersValidator()])

    objects: ClassVar[TeamManager] = TeamManager()

    def __str__(self) -> str:
        return self.pk

    def clean(self) -> None:
        """Raise ValidationError by field for a name that shows nothing."""
        refuse("name", self.name, validate_visible)

    def owner_membership(self) -> Membership:
        return self.memberships.live().select_related("account").get(role=Role.OWNER)

    def role_of(self, account: Account) -> Role:
        """Raises NotFound for somebody who is not a member: for them there is no such team."""
        return Role(self._live(account.pk).role)

    @transaction.atomic
    def rename(self, name: str, *, by: Account) -> None:
        """Raises NotAllowed, and ValidationError by field."""
        self.lock_to_manage(by)
        self.name = name.strip()
        self.full_clean()
        self.save(update_fields=["name"])
        append(Verb.TEAM_RENAMED, actor=by.pk, team=self.pk, object=self.pk)

    @transaction.atomic
    def hand_over(self, *, to: str, by: Account) -> None:
        """Make the member with the account ID `to` the owner; who was it becomes an admin."""
        self.lock()
        mine = self._live(by.pk)
        heir = self._live(to)
        if mine.role != Role.OWNER:
            raise NotAllowed(_("Only the owner can hand the team over. Nothing was changed."))
        if heir.pk == mine.pk:
            return
        # The old one first: the database refuses two at any moment, and none at the end.
        Membership.objects.filter(pk=mine.pk).update(role=Role.ADMIN)
        Membership.objects.filter(pk=heir.pk).update(role=Role.OWNER)
        append(Verb.TEAM_HANDED_OVER, actor=by.pk, team=self.pk, account=to, object=self.pk)

    @transaction.atomic
    def change_role(self, account_id: str, role: Role, *, by: Account) -> Membership:
        """Who manages no more, has no open invitations either: one to a friend, or to an address of their own, would
        undo the change. Raises NotAllowed for the owner's role, which only handing over moves.
        """
        self.lock_to_manage(by)
        membership = self._live(account_id)
        if Role.OWNER in (membership.role, role):
            raise NotAllowed(_("There is one owner. Hand the team over to change who it is."))
        if membership.role != role:
            if not role.manages:
                self._withdraw(models.Q(invited_by=membership.account), by=by)
            membership.role = role
            membership.save(update_fields=["role"])
            append(Verb.MEMBER_ROLE_CHANGED, actor=by.pk, team=self.pk, account=account_id, object=membership.pk)
        return membership

    @transaction.atomic
    def remove_member(self, account_id: str, *, by: Account) -> None:
        """Take away somebody's access at once; everybody may remove themselves, that is: leave.

        Raises OwnerMustHandOver rather than leave the team without an owner.
        """
        self.lock()
        mine = self._live(by.pk)
        membership = self._live(account_id)
        leaves = account_id == by.pk
        if not (leaves or Role(mine.role).manages):
            raise NotAllowed
        if membership.role == Role.OWNER:
            raise OwnerMustHandOver if leaves else NotAllowed(_("The owner cannot be removed."))
        Membership.objects.filter(pk=membership.pk).update(ended_at=timezone.now())
        account = membership.account
        addresses = [account.email, *account.verified_addresses()]
        self._withdraw(models.Q(invited_by=account) | models.Q(email__in=addresses), by=by)
        verb = Verb.MEMBER_LEFT if leaves else Verb.MEMBER_REMOVED
        append(verb, actor=by.pk, team=self.pk, account=account_id, object=membership.pk)
        account.end_access_without_teams()

    def lock(self) -> None:
        """Until the transaction ends nobody else changes who belongs here. Raises NotFound when the team is gone."""
        if not Team.objects.filter(pk=self.pk).select_for_update(no_key=True).values_list("pk", flat=True).first():
            raise NotFound

    def lock_to_manage(self, by: Account) -> None:
        """Lock, and refuse whoever does not manage the team: NotAllowed, or NotFound for a stranger."""
        self.lock()
        if not self.role_of(by).manages:
            raise NotAllowed

    def _live(self, account_id: str) -> Membership:
        membership = self.memberships.live().select_related("account").filter(account_id=account_id).first()
        if membership is None:
            raise NotFound
        return membership

    def _withdraw(self, which: models.Q, *, by: Account) -> None:
        """Of somebody who lost a place: what they sent out, and what would let them in again."""
        for invitation in self.invitations.open().filter(which):
            invitation.withdraw(by=by)

"""Who belongs to a team, in which role. An ended membership stays, so that the erasure finds whom it was about."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nozbe.models import Record


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    MEMBER = "member", _("Member")
    GUEST = "guest", _("Guest")

    @property
    def manages(self) -> bool:
        """Whether it may rename the team, invite, change roles and remove."""
        return self in (Role.OWNER, Role.ADMIN)

    @property
    def meaning(self) -> str:
        """What one may in this role, in words."""
        meanings = {
            Role.OWNER: _("answers for the team, and alone can hand it over"),
            Role.ADMIN: _("works in the team, invites people and changes roles"),
            Role.MEMBER: _("works in the team's projects"),
            Role.GUEST: _("sees projects that are shared with them, and comments"),
        }
        return str(meanings[self])


GRANTABLE = tuple(role for role in Role if role is not Role.OWNER)
"""Roles one can be given; owner one becomes only when the team is handed over."""


class MembershipQuerySet(models.QuerySet["Membership"]):
    def live(self) -> MembershipQuerySet:
        return self.filter(ended_at__isnull=True)

    def with_sizes(self) -> MembershipQuerySet:
        """Each with its team, and in `people` how many belong to that."""
        peers = Membership.objects.live().filter(team=models.OuterRef("team")).order_by().values("team")
        return self.select_related("team").annotate(people=models.Subquery(peers.values(number=models.Count("pk"))))


class Membership(Record):
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices)
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "account"], condition=Q(ended_at__isnull=True), name="one_membership_per_person"
            ),
            # At least one is seen to by a trigger, at the end of each transaction (migration 0004).
            models.UniqueConstraint(
                fields=["team"], condition=Q(role="owner", ended_at__isnull=True), name="at_most_one_owner_per_team"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="a_membership_has_a_known_role"),
        ]

    def __str__(self) -> str:
        return self.pk

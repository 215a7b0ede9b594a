"""A named group of projects, for the whole team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import Q

from accounts.models.membership import Membership, Role
from nozbe.encryption.fields import SealedTextField
from nozbe.errors import NotFound
from nozbe.validators import refuse, validate_visible
from tasks.access import Seat, enter_team
from tasks.models.ordered import Ordered
from tasks.models.text import plain
from tasks.models.trashable import Trashable, TrashableQuerySet

if TYPE_CHECKING:
    from accounts.models import Account, Team


class ProjectGroupQuerySet(TrashableQuerySet):
    def visible_to(self, account: Account) -> Self:
        """Those of one's teams; for guests, only with a project in it that they see."""
        from tasks.models.project import Project

        mine = Membership.objects.live().filter(account=account)
        worked = Q(team__in=mine.exclude(role=Role.GUEST).values("team"))
        return self.filter(worked | Q(pk__in=Project.objects.visible_to(account).live().values("group")))

    @transaction.atomic
    def make(self, team: Team, *, name: str, by: Account, id: str | None = None) -> ProjectGroup:
        """Raises ValidationError by field."""
        enter_team(team.pk, by).refuse_guest()
        group = ProjectGroup(team=team)
        group.go_last()
        group.begin({"name": name}, by=by, id=id)
        return group


class ProjectGroupManager(models.Manager.from_queryset(ProjectGroupQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class ProjectGroup(Trashable, Ordered):
    NOUN = "project_group"

    name = SealedTextField(max_length=100)

    objects: ClassVar[ProjectGroupManager] = ProjectGroupManager()

    class Meta:
        indexes = [models.Index(fields=["team", "created_at", "id"], name="groups_of_a_team")]

    def clean(self) -> None:
        self.name = plain(self.name)
        refuse("name", self.name, validate_visible)

    def enter(self, by: Account) -> Seat:
        seat = enter_team(self.team_id, by)
        if seat.role == Role.GUEST and not ProjectGroup.objects.visible_to(by).filter(pk=self.pk).exists():
            raise NotFound
        return seat

    def siblings(self) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = ProjectGroup.objects.filter(team=self.team_id)
        return rows

"""A project: where tasks are, and who sees them. Each member's Single tasks are a hidden private one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models.membership import Membership, Role
from nozbe.encryption.fields import SealedTextField
from nozbe.errors import NotFound
from nozbe.models import new_id
from nozbe.validators import refuse, validate_visible
from tasks.access import ProjectSeat, Seat, enter_project, enter_team
from tasks.colours import Colour
from tasks.derived_ids import derived_id
from tasks.errors import AnotherState, SomebodyMustStay
from tasks.models.ordered import Ordered, last_place
from tasks.models.project_group import ProjectGroup
from tasks.models.project_member import Favourite, ProjectMember
from tasks.models.text import plain
from tasks.models.trashable import Trashable, TrashableQuerySet

if TYPE_CHECKING:
    from accounts.models import Account, Team


class ProjectQuerySet(TrashableQuerySet):
    def visible_to(self, account: Account) -> Self:
        """Open ones of one's teams, unless one is a guest there, and those that are shared with oneself."""
        mine = Membership.objects.live().filter(account=account)
        shared = ProjectMember.objects.filter(membership__in=mine.values("pk"))
        entered = Q(is_open=True, team__in=mine.exclude(role=Role.GUEST).values("team"))
        return self.filter(entered | Q(pk__in=shared.values("project")))

    def listed(self) -> Self:
        """Without Single tasks, which is no project to anybody but the code."""
        return self.filter(single_of__isnull=True)

    def for_member(self, account: Account) -> Self:
        """Each with `is_favourite`, as the person has it."""
        mine = Favourite.objects.filter(
            project=OuterRef("pk"), membership__account=account, membership__ended_at__isnull=True
        )
        return self.annotate(is_favourite=Exists(mine))

    @transaction.atomic
    def make(
        self, team: Team, *, by: Account, id: str | None = None, members: tuple[str, ...] = (), **given: Any
    ) -> Project:
        """A project with `by` in it, and those with the account IDs `members`. Raises ValidationError by field."""
        seat = enter_team(team.pk, by)
        seat.refuse_guest()
        project = Project(team=team, author=by)
        project.position = last_place(project.siblings_seen(by))
        project.begin(given, by=by, id=id)
        project._share(seat.membership)
        for account in members:
            project._share(project._membership_of(account).pk)
        return project

    @transaction.atomic
    def single_tasks_of(self, team: str, *, by: Account) -> Project:
        """The person's own, made when it is first needed. Raises NotAllowed for guests."""
        seat = enter_team(team, by)
        seat.refuse_guest()
        known: Project | None = self.filter(single_of=seat.membership).first()
        if known is not None:
            return known
        own = derived_id("single", seat.membership)
        if self.filter(pk=own).exists():
            own = new_id()  # somebody has taken the ID that follows from the membership
        project = Project(
            id=own, team_id=team, author=by, single_of_id=seat.membership,
            name="", is_open=False, position="a0",
        )  # fmt: skip
        Project.objects.bulk_create([project], ignore_conflicts=True)  # another request may have been first
        stored: Project = Project.objects.get(single_of=seat.membership)
        member = ProjectMember(team_id=team, project=stored, membership_id=seat.membership)
        ProjectMember.objects.bulk_create([member], ignore_conflicts=True)
        return stored


class ProjectManager(models.Manager.from_queryset(ProjectQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class Project(Trashable, Ordered):
    NOUN = "project"
    PROJECT = "pk"

    name = SealedTextField(max_length=200, blank=True)
    is_open = models.BooleanField(default=True)
    """Whether everybody in the team but guests may enter."""

    colour = models.CharField(max_length=10, choices=Colour.choices, default=Colour.GREY)
    group = models.ForeignKey("tasks.ProjectGroup", on_delete=models.SET_NULL, null=True, related_name="projects")
    author = models.ForeignKey("accounts.Account", on_delete=models.SET_NULL, null=True, related_name="+")
    single_of = models.OneToOneField(
        "accounts.Membership", on_delete=models.CASCADE, null=True, related_name="single_tasks", editable=False
    )
    ended_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[ProjectManager] = ProjectManager()

    class Meta:
        indexes = [
            models.Index(fields=["team", "created_at", "id"], name="projects_of_a_team"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id", "team"], name="a_project_has_one_team"),
            models.CheckConstraint(condition=Q(colour__in=Colour.values), name="a_project_has_a_known_colour"),
            models.CheckConstraint(
                condition=Q(single_of__isnull=True) | Q(is_open=False, ended_at__isnull=True, trashed_at__isnull=True),
                name="single_tasks_stay_private_and_are_not_ended_or_trashed",
            ),
        ]

    def clean(self) -> None:
        self.name = plain(self.name)
        if not self.name:
            raise ValidationError({"name": ValidationError(_("Give it a name."), code="blank")})
        refuse("name", self.name, validate_visible)

    def assign(self, given: dict[str, Any]) -> None:
        """Also refuses a group of another team; one that went to the trash stays as long as nothing is said of it."""
        super().assign(given)
        groups = ProjectGroup.objects.live().filter(team=self.team_id)
        if given.get("group_id") is not None and not groups.filter(pk=self.group_id).exists():
            raise ValidationError({"group": ValidationError(_("There is no such group in this team."), code="unknown")})

    def enter(self, by: Account) -> ProjectSeat:
        return enter_project(self.pk, by, lock="NO KEY UPDATE")

    def siblings(self) -> models.QuerySet[Any]:
        """All projects of the team: one order for everybody, of which each sees a part."""
        rows: models.QuerySet[Any] = Project.objects.filter(team=self.team_id, single_of__isnull=True)
        return rows

    def siblings_seen(self, by: Account) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = Project.objects.visible_to(by).listed().filter(team=self.team_id)
        return rows

    def lock_to_work(self, by: Account) -> Seat:
        seat = super().lock_to_work(by)
        if self.single_of_id is not None:
            raise AnotherState(_("Single tasks are no project that could be changed. Nothing was changed."))
        return seat

    def refuse_to_trash(self, seat: Seat) -> None:
        super().refuse_to_trash(seat)
        if self.single_of_id is not None:
            raise AnotherState(_("Single tasks cannot be thrown away. Nothing was changed."))

    @transaction.atomic
    def change(self, *, by: Account, **given: Any) -> None:
        """Making it private keeps those whom it is shared with, and whoever does it."""
        seat = self.lock_to_work(by)
        if given.get("is_open") is False:
            self._share(seat.membership)
        self.assign(given)
        self.store(given)
        self.record("changed", by=by)

    @transaction.atomic
    def end(self, *, by: Account) -> None:
        self.lock_to_work(by)
        if self.ended_at is None:
            self.ended_at = timezone.now()
            self.save(update_fields=["ended_at"])
            self.record("ended", by=by)

    @transaction.atomic
    def reopen(self, *, by: Account) -> None:
        self.lock_to_work(by)
        if self.ended_at is not None:
            self.ended_at = None
            self.save(update_fields=["ended_at"])
            self.record("reopened", by=by)

    @transaction.atomic
    def share(self, account: str, *, by: Account) -> None:
        """Let a member of the team in, guests too. Raises ValidationError for somebody who is none."""
        self.lock_to_work(by)
        if self._share(self._membership_of(account).pk):
            self.record("shared", by=by, account=account)

    @transaction.atomic
    def unshare(self, account: str, *, by: Account) -> None:
        """Take somebody out, or leave. Raises SomebodyMustStay, and NotFound for whoever is not in it."""
        self.lock()
        seat = self.enter(by)
        if account != by.pk:
            seat.refuse_guest()
        self.refuse_in_trash()
        row = self.members.filter(membership__account=account, membership__ended_at__isnull=True).first()
        if row is None or self.single_of_id is not None:
            raise NotFound
        row.delete()
        working = Q(membership__ended_at__isnull=True) & ~Q(membership__role=Role.GUEST)
        if not self.is_open and not self.members.filter(working).exists():
            raise SomebodyMustStay
        self.record("unshared", by=by, account=account)

    @transaction.atomic
    def make_favourite(self, *, by: Account) -> None:
        """For `by` alone."""
        seat = self._seat_of_a_reader(by)
        made = Favourite.objects.get_or_create(
            project=self, membership_id=seat.membership, defaults={"team_id": self.team_id}
        )[1]
        if made:
            self.record("made_favourite", by=by)

    @transaction.atomic
    def make_ordinary(self, *, by: Account) -> None:
        """No favourite any more."""
        seat = self._seat_of_a_reader(by)
        if Favourite.objects.filter(project=self, membership=seat.membership).delete()[0]:
            self.record("made_ordinary", by=by)

    def can_work(self, account: str) -> bool:
        """Whether somebody with this account ID works in it; guests do not."""
        return account in self.who_can_work({account})

    def who_can_work(self, accounts: set[str]) -> set[str]:
        """Of these account IDs, those of who works in it."""
        if not accounts:
            return set()
        working = Membership.objects.live().filter(team=self.team_id, account__in=accounts).exclude(role=Role.GUEST)
        if not self.is_open:
            working = working.filter(pk__in=self.members.values("membership"))
        return set(working.values_list("account", flat=True))

    def _seat_of_a_reader(self, by: Account) -> ProjectSeat:
        self.lock()
        seat = self.enter(by)
        seat.refuse_guest()
        self.refuse_in_trash()
        return seat

    def _membership_of(self, account: str) -> Membership:
        membership = Membership.objects.live().filter(team=self.team_id, account=account).first()
        if membership is None:
            message = ValidationError(_("Nobody in this team has this ID."), code="unknown")
            raise ValidationError({"account": message})
        return membership

    def _share(self, membership: str) -> bool:
        """Whether that was new."""
        given = {"project": self, "membership_id": membership}
        return ProjectMember.objects.get_or_create(**given, defaults={"team_id": self.team_id})[1]

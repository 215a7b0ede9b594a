"""A label, for the whole team or for one member alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models.membership import Membership, Role
from nozbe.encryption.fields import SealedTextField
from nozbe.errors import NotFound
from nozbe.models import Record
from nozbe.validators import refuse, validate_visible
from tasks.access import Seat, enter_team
from tasks.colours import Colour
from tasks.models.text import plain
from tasks.models.trashable import Trashable, TrashableQuerySet

if TYPE_CHECKING:
    from accounts.models import Account, Team


class TagQuerySet(TrashableQuerySet):
    def visible_to(self, account: Account) -> Self:
        """The team's and one's own; for guests, only those on tasks that they see."""
        from tasks.models.task import Task

        mine = Membership.objects.live().filter(account=account)
        seen = TaskTag.objects.filter(task__in=Task.objects.visible_to(account).live().values("pk"))
        worked = Q(team__in=mine.exclude(role=Role.GUEST).values("team"))
        everybodys = Q(private_to__isnull=True) & (worked | Q(team__in=mine.values("team"), pk__in=seen.values("tag")))
        return self.filter(everybodys | Q(private_to__in=mine.values("pk")))

    @transaction.atomic
    def make(self, team: Team, *, by: Account, id: str | None = None, private: bool = False, **given: Any) -> Tag:
        """Raises ValidationError by field."""
        seat = enter_team(team.pk, by)
        seat.refuse_guest()
        tag = Tag(team=team, private_to_id=seat.membership if private else None)
        tag.begin(given, by=by, id=id)
        return tag


class TagManager(models.Manager.from_queryset(TagQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class Tag(Trashable):
    NOUN = "tag"

    name = SealedTextField(max_length=100)
    colour = models.CharField(max_length=10, choices=Colour.choices, default=Colour.GREY)
    icon = models.CharField(max_length=40, blank=True)
    private_to = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, null=True, related_name="tags", editable=False
    )
    archived_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[TagManager] = TagManager()

    class Meta:
        indexes = [models.Index(fields=["team", "created_at", "id"], name="tags_of_a_team")]
        constraints = [
            models.UniqueConstraint(fields=["id", "team"], name="a_tag_has_one_team"),
            models.CheckConstraint(condition=Q(colour__in=Colour.values), name="a_tag_has_a_known_colour"),
            models.CheckConstraint(condition=Q(icon__regex=r"^[a-z0-9-]*$"), name="an_icon_is_named_plainly"),
        ]

    def clean(self) -> None:
        self.name = plain(self.name)
        refuse("name", self.name, validate_visible)
        if not all(sign.isascii() and (sign.islower() or sign.isdigit() or sign == "-") for sign in self.icon):
            message = ValidationError(_("Use a-z, 0-9 and hyphens."), code="invalid")
            raise ValidationError({"icon": message})

    def enter(self, by: Account) -> Seat:
        seat = enter_team(self.team_id, by)
        if self.private_to_id is not None:
            if self.private_to_id != seat.membership:
                raise NotFound
        elif seat.role == Role.GUEST and not Tag.objects.visible_to(by).filter(pk=self.pk).exists():
            raise NotFound
        return seat

    @transaction.atomic
    def archive(self, *, by: Account) -> None:
        """It stays on its tasks, and is not offered any more."""
        self.lock_to_work(by)
        if self.archived_at is None:
            self.archived_at = timezone.now()
            self.save(update_fields=["archived_at"])
            self.record("archived", by=by)

    @transaction.atomic
    def unarchive(self, *, by: Account) -> None:
        self.lock_to_work(by)
        if self.archived_at is not None:
            self.archived_at = None
            self.save(update_fields=["archived_at"])
            self.record("unarchived", by=by)


class TaskTag(Record):
    """A tag on a task."""

    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey(
        "tasks.Task", on_delete=models.CASCADE, related_name="taggings", db_index=False, db_constraint=False
    )
    tag = models.ForeignKey("tasks.Tag", on_delete=models.CASCADE, related_name="taggings", db_constraint=False)

    objects: models.Manager[TaskTag] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "tag"], name="a_tag_is_on_a_task_once")]
        indexes = [models.Index(fields=["team"], name="taggings_of_a_team")]

    def __str__(self) -> str:
        return self.pk

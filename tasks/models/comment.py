"""Markdown text on a task, and what people answer to it with one sign."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed
from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.fields import SealedTextField
from nozbe.encryption.querysets import SealedQuerySet
from nozbe.errors import NotFound
from nozbe.models import Record
from nozbe.validators import refuse, validate_visible
from tasks.access import ProjectSeat, Seat, enter_project
from tasks.errors import TooManyRows
from tasks.models.task import Task
from tasks.models.trashable import Trashable, TrashableQuerySet

if TYPE_CHECKING:
    from accounts.models import Account

MOST_REACTIONS = 20
"""Of one person to one comment."""


class CommentQuerySet(TrashableQuerySet):
    @transaction.atomic
    def make(self, task: Task, *, body: str, by: Account, id: str | None = None) -> Comment:
        """By whoever sees the task. Raises ValidationError by field."""
        task.lock()
        seat = task.enter(by)
        task.refuse_in_trash()
        comment = Comment(team_id=seat.team, task=task, author=by)
        comment.begin({"body": body}, by=by, id=id)
        return comment


class CommentManager(models.Manager.from_queryset(CommentQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class Comment(Trashable):
    NOUN = "comment"
    PROJECT = "task__project"
    HANGS_ON = ("task", "task__section", "task__project")

    task = models.ForeignKey(
        "tasks.Task", on_delete=models.CASCADE, related_name="comments", db_index=False, db_constraint=False
    )
    author = models.ForeignKey("accounts.Account", on_delete=models.SET_NULL, null=True, related_name="+")
    body = SealedTextField(max_length=20_000)
    edited_at = models.DateTimeField(null=True, editable=False)
    pinned_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[CommentManager] = CommentManager()

    class Meta:
        indexes = [
            models.Index(fields=["task", "created_at", "id"], name="comments_of_a_task"),
            models.Index(fields=["team", "created_at", "id"], name="comments_of_a_team"),
        ]
        constraints = [models.UniqueConstraint(fields=["id", "team"], name="a_comment_has_one_team")]

    def clean(self) -> None:
        refuse("body", self.body, validate_visible)

    def enter(self, by: Account) -> ProjectSeat:
        return enter_project(self.task.project_id, by)

    @transaction.atomic
    def edit(self, body: str, *, by: Account) -> None:
        """By whoever wrote it. Raises NotAllowed, and ValidationError by field."""
        self.lock_as_reader(by)
        if self.author_id != by.pk:
            raise NotAllowed(_("Only who wrote a comment can edit it. Nothing was changed."))
        if body != self.body:
            self.assign({"body": body})
            self.edited_at = timezone.now()
            self.save(update_fields=["body", "edited_at"])
            self.record("changed", by=by)

    @transaction.atomic
    def pin(self, *, by: Account) -> None:
        self.lock_to_work(by)
        if self.pinned_at is None:
            self.pinned_at = timezone.now()
            self.save(update_fields=["pinned_at"])
            self.record("pinned", by=by)

    @transaction.atomic
    def unpin(self, *, by: Account) -> None:
        self.lock_to_work(by)
        if self.pinned_at is not None:
            self.pinned_at = None
            self.save(update_fields=["pinned_at"])
            self.record("unpinned", by=by)

    def refuse_to_trash(self, seat: Seat) -> None:
        """Whoever wrote it, and who manages the team."""
        if self.author_id != seat.account and not seat.role.manages:
            raise NotAllowed(_("Only who wrote a comment, or who manages the team, can do that. Nothing was changed."))

    @transaction.atomic
    def react(self, emoji: str, *, by: Account, id: str | None = None) -> Reaction:
        """The one that is there, when the person reacted so before."""
        self.lock_as_reader(by)
        mine = list(self.reactions.filter(author=by))
        for reaction in mine:
            if reaction.emoji == emoji:
                return reaction
        if len(mine) >= MOST_REACTIONS:
            raise TooManyRows(_("That are 20 reactions of yours to one comment already. Nothing was changed."))
        reaction = Reaction(team_id=self.team_id, comment=self, author=by)
        if id is not None:
            reaction.id = id
        reaction.emoji = emoji
        reaction.full_clean(exclude=["team", "comment", "author"])
        reaction.save(force_insert=True)
        self.record("reacted", by=by)
        return reaction

    @transaction.atomic
    def unreact(self, reaction: str, *, by: Account) -> None:
        """Take back one's own. Raises NotFound when there is none, NotAllowed for somebody else's."""
        self.lock_as_reader(by)
        row = self.reactions.filter(pk=reaction).first()
        if row is None:
            raise NotFound
        if row.author_id != by.pk:
            raise NotAllowed(_("Only who reacted can take that back. Nothing was changed."))
        row.delete()
        self.record("unreacted", by=by)

    def lock_as_reader(self, by: Account) -> ProjectSeat:
        """Also for guests: whoever sees a task may speak. Raises NotFound and InTrash."""
        self.lock()
        seat = self.enter(by)
        self.refuse_in_trash()
        return seat


class ReactionManager(models.Manager.from_queryset(SealedQuerySet)):  # type: ignore[misc]  # a base made by a call
    pass


class Reaction(SealedFields, Record):
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    comment = models.ForeignKey(
        "tasks.Comment", on_delete=models.CASCADE, related_name="reactions", db_constraint=False
    )
    author = models.ForeignKey("accounts.Account", on_delete=models.SET_NULL, null=True, related_name="+")
    emoji = SealedTextField(max_length=20)

    objects: ClassVar[ReactionManager] = ReactionManager()

    class Meta:
        indexes = [models.Index(fields=["team"], name="reactions_of_a_team")]

    def __str__(self) -> str:
        return self.pk

    def clean(self) -> None:
        """Raises ValidationError for what is longer than one sign."""
        typed = set(string.ascii_letters + string.whitespace)
        if typed & set(self.emoji):
            raise ValidationError({"emoji": ValidationError(_("React with one emoji."), code="invalid")})
        refuse("emoji", self.emoji, validate_visible)

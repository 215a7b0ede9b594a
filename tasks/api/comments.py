from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.models import Account
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Id, Input, QueryFlag, Text
from nozbe.api.schema import conditional
from nozbe.encryption.opening import open_all
from tasks.api.kinds import Kind, Listing, Single, WorkOut, WorkQuery, listing, single, states, work_out
from tasks.api.task_rows import TASK
from tasks.models import Comment, Reaction


class ReactionOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    author = serializers.CharField(allow_null=True, help_text="Null for a former member.")
    emoji = serializers.CharField()


class CommentOut(WorkOut):
    task = serializers.CharField()
    author = serializers.CharField(allow_null=True, help_text="Null for a former member.")
    body = serializers.CharField(help_text="Markdown.")
    edited_at = serializers.DateTimeField(allow_null=True)
    pinned_at = serializers.DateTimeField(allow_null=True)
    reactions = ReactionOut(many=True)


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash()


def show(rows: Sequence[Any], account: Account) -> list[dict[str, Any]]:
    """With one query for all reactions."""
    reactions = defaultdict(list)
    for row in open_all(Reaction.objects.filter(comment__in=[row.pk for row in rows]).order_by("created_at", "pk")):
        reactions[row.comment_id].append(show_reaction(row))
    return [
        {
            **work_out(row),
            "task": row.task_id,
            "author": row.author_id,
            "body": row.body,
            "edited_at": row.edited_at,
            "pinned_at": row.pinned_at,
            "reactions": reactions.get(row.pk, []),
        }
        for row in open_all(rows)
    ]


def show_reaction(row: Reaction) -> dict[str, Any]:
    return {"id": row.pk, "author": row.author_id, "emoji": row.emoji}


COMMENT = Kind("comments", Comment, CommentOut, load, show)


class CommentQuery(WorkQuery):
    task = Id(required=False)
    project = Id(required=False)
    author = Id(required=False, help_text="An account.")
    pinned = QueryFlag(required=False)

    def narrow(self, rows: Any, given: dict[str, Any], account: Account) -> Any:
        rows = super().narrow(rows, given, account)
        for name, column in (("task", "task"), ("project", "task__project"), ("author", "author")):
            if name in given:
                rows = rows.filter(**{column: given[name]})
        if "pinned" in given:
            rows = rows.filter(pinned_at__isnull=not given["pinned"])
        return rows


class CommentIn(Input):
    body = Text(max_length=20_000, trim_whitespace=False, help_text="Markdown.")


class NewCommentIn(CommentIn):
    id = Id(required=False)
    task = Id()


@listing(
    COMMENT,
    CommentQuery,
    NewCommentIn,
    of="Comments on tasks one may see.",
    making="Comment on a task; whoever sees it may, guests too.",
)
class Comments(Listing):
    kind = COMMENT
    query = CommentQuery

    def make(self, request: Request, account: Account) -> Comment:
        given = NewCommentIn.read(request)
        task = TASK.find(account, given["task"])
        comment: Comment = Comment.objects.make(task, body=given["body"], by=account, id=given.get("id"))
        return comment


@single(COMMENT, CommentIn, of="One comment.", changing="Edit it; for who wrote it.")
class OneComment(Single):
    kind = COMMENT
    changed = CommentIn

    def change(self, row: Comment, account: Account, given: dict[str, Any]) -> None:
        row.edit(given["body"], by=account)


COMMENT_STATES = states(
    COMMENT,
    pin=("pin", "unpin", "Pin it to the top of the task; not for guests.", "Pin it no more."),
    trash=("trash", "restore", "Throw it away; for who wrote it and who manages the team.", "Bring it back."),
)


class ReactionIn(Input):
    id = Id(required=False)
    emoji = Text(max_length=20)


@extend_schema_view(
    post=extend_schema(request=ReactionIn, responses={201: ReactionOut}, operation_id="reactions_create")
)
class Reactions(Creating):
    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        COMMENT.find(account_of(request), ids["pk"])

    def create(self, request: Request, **ids: Any) -> Response:
        """Answer a comment with an emoji. The same one twice is there once."""
        account = account_of(request)
        comment = COMMENT.find(account, ids["pk"])
        given = ReactionIn.read(request)
        reaction = comment.react(given["emoji"], by=account, id=given.get("id"))
        return Response(show_reaction(reaction), status=HTTPStatus.CREATED)


class OneReaction(Endpoint):
    @conditional(request=None, responses={204: None}, operation_id="reactions_delete")
    def delete(self, request: Request, *, pk: str, reaction: str) -> Response:
        """Take back one's own."""
        account = account_of(request)
        comment = COMMENT.find(account, pk)
        with transaction.atomic():
            COMMENT.heed_precondition(request, account, comment)
            comment.unreact(reaction, by=account)
        return Response(status=HTTPStatus.NO_CONTENT)

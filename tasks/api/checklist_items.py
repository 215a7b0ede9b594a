from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import Account
from nozbe.api.inputs import Id, Input, QueryFlag, Text
from nozbe.encryption.opening import open_all
from tasks.api.comments import COMMENT
from tasks.api.kinds import (
    Kind,
    Listing,
    Single,
    WorkOut,
    WorkQuery,
    in_order,
    listing,
    placing,
    single,
    states,
    work_out,
)
from tasks.api.task_rows import TASK
from tasks.models import ChecklistItem


class ChecklistItemOut(WorkOut):
    task = serializers.CharField()
    comment = serializers.CharField(allow_null=True, help_text="The one it stands in, if any.")
    name = serializers.CharField()
    position = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash()


def show(rows: Sequence[Any], account: Account) -> list[dict[str, Any]]:
    return [
        {
            **work_out(row),
            "task": row.task_id,
            "comment": row.comment_id,
            "name": row.name,
            "position": row.position,
            "ended_at": row.ended_at,
        }
        for row in open_all(rows)
    ]


ITEM = Kind("checklist-items", ChecklistItem, ChecklistItemOut, load, show)


class ChecklistItemQuery(WorkQuery):
    task = Id(required=False)
    comment = Id(required=False)
    ended = QueryFlag(required=False)
    order = in_order("created_at", "position")

    def narrow(self, rows: Any, given: dict[str, Any], account: Account) -> Any:
        rows = super().narrow(rows, given, account)
        rows = rows.filter(**{name: given[name] for name in ("task", "comment") if name in given})
        if "ended" in given:
            rows = rows.filter(ended_at__isnull=not given["ended"])
        return rows


class ChecklistItemIn(Input):
    name = Text(max_length=1000)


class NewChecklistItemIn(ChecklistItemIn):
    id = Id(required=False)
    task = Id()
    comment = Id(required=False, help_text="On that task; to stand in it.")


@listing(
    ITEM,
    ChecklistItemQuery,
    NewChecklistItemIn,
    of="Checklist items of tasks one may see.",
    making="Add one behind the others; not for guests.",
)
class ChecklistItems(Listing):
    kind = ITEM
    query = ChecklistItemQuery

    def make(self, request: Request, account: Account) -> ChecklistItem:
        given = NewChecklistItemIn.read(request)
        task = TASK.find(account, given["task"])
        comment = COMMENT.find(account, given["comment"]) if "comment" in given else None
        item: ChecklistItem = ChecklistItem.objects.make(
            task, name=given["name"], by=account, comment=comment, id=given.get("id")
        )
        return item


@single(ITEM, ChecklistItemIn, of="One item.", changing="Rename it.")
class OneChecklistItem(Single):
    kind = ITEM
    changed = ChecklistItemIn


ITEM_STATES = states(
    ITEM,
    completion=("complete", "reopen", "Tick it off.", "Open it again."),
    trash=("trash", "restore", "Throw it away.", "Bring it back, at its place."),
)
place_item = placing(ITEM)

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from nozbe.api.endpoints import Creating
from nozbe.api.inputs import Flag, Id, Input
from tasks.api.projects import PROJECT
from tasks.api.task_input import TaskColumnsIn
from tasks.api.task_rows import TASK, TaskOut
from tasks.bulk import MOST, BulkChange

ASIDE = ("project", "add_tags", "remove_tags", "ended", "abandoned", "trashed")


class BulkSetIn(TaskColumnsIn):
    add_tags = serializers.ListField(child=Id(), required=False, max_length=100)
    remove_tags = serializers.ListField(child=Id(), required=False, max_length=100)
    ended = Flag(required=False)
    abandoned = Flag(required=False)
    trashed = Flag(required=False)


class TaskChangesIn(Input):
    tasks = serializers.ListField(child=Id(), min_length=1, max_length=MOST)
    set = BulkSetIn()


class ChangedTasksOut(serializers.Serializer[Any]):
    results = TaskOut(many=True)


@extend_schema_view(
    post=extend_schema(request=TaskChangesIn, responses=ChangedTasksOut, operation_id="tasks_changes_create")
)
class TaskChanges(Creating):
    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        for task in body["results"]:
            TASK.find(account_of(request), task["id"])

    def create(self, request: Request, **ids: Any) -> Response:
        """Change up to 200 tasks at once, all of them or none. Answered are those that are still there."""
        account = account_of(request)
        given = TaskChangesIn.read(request)
        said = given["set"]
        change = BulkChange(
            columns={name: value for name, value in said.items() if name not in ASIDE},
            project=PROJECT.find(account, said["project"]) if "project" in said else None,
            add_tags=tuple(said.get("add_tags", ())),
            remove_tags=tuple(said.get("remove_tags", ())),
            ended=said.get("ended"),
            abandoned=said.get("abandoned"),
            trashed=said.get("trashed"),
        )
        change.apply(given["tasks"], by=account)
        rows = TASK.rows(account).filter(pk__in=given["tasks"]).order_by("created_at", "pk")
        return Response({"results": TASK.show(list(rows), account)})

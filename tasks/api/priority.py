from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Id, Input, QueryFlag
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.preconditions import answer_single
from nozbe.api.schema import conditional, page_of
from tasks.api.kinds import PlaceIn
from tasks.api.task_rows import TASK, TaskOut
from tasks.models import Priority


class PriorityQuery(PageQuery):
    team = Id(required=False)
    ended = QueryFlag(default=False, help_text="Those that are done or abandoned, instead of open ones.")


class MyPriority(Endpoint):
    @extend_schema(parameters=[PriorityQuery], responses=page_of(TaskOut), operation_id="me_priority_list")
    def get(self, request: Request) -> Response:
        """One's own starred tasks, in one's own order."""
        account = account_of(request)
        given = PriorityQuery.read_query(request)
        tasks = TASK.rows(account)
        wanted = tasks.exclude(ended_at=None, abandoned_at=None) if given["ended"] else tasks.open()
        rows = Priority.objects.visible_to(account).filter(task__in=wanted.values("pk"))
        if "team" in given:
            rows = rows.filter(team=given["team"])

        def represent(page: Any) -> Any:
            shown = {
                task["id"]: task
                for task in TASK.show(list(tasks.filter(pk__in=[row.task_id for row in page])), account)
            }
            return [shown[row.task_id] for row in page if row.task_id in shown]

        return answer_list(request, rows, represent, given=given, key=("position", "task_id"))


@extend_schema_view(
    post=conditional(request=None, responses=TaskOut, operation_id="tasks_priority_create"),
)
class TaskPriority(Creating):
    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        TASK.find(account_of(request), body["id"])

    def create(self, request: Request, **ids: Any) -> Response:
        """Star it, for oneself alone: it comes last among one's priorities."""
        Input.read(request)
        account = account_of(request)
        task = TASK.find(account, ids["pk"])
        TASK.heed_precondition(request, account, task)
        Priority.objects.star(task, by=account)
        return answer_single(request, TASK.one(account, ids["pk"]))

    @conditional(request=PlaceIn, responses=TaskOut, operation_id="tasks_priority_change")
    def put(self, request: Request, *, pk: str) -> Response:
        """Put it behind another of one's starred tasks (`after` is that task), or first."""
        account = account_of(request)
        task = TASK.find(account, pk)
        row = Priority.objects.of(account).filter(task=task).first()
        if row is None:
            raise Http404
        after = PlaceIn.read(request)["after"]
        with transaction.atomic():
            TASK.heed_precondition(request, account, task)
            row.place(after=after, by=account)
            return answer_single(request, TASK.one(account, pk))

    @conditional(request=None, responses=TaskOut, operation_id="tasks_priority_delete")
    def delete(self, request: Request, *, pk: str) -> Response:
        """Take one's star off."""
        account = account_of(request)
        task = TASK.find(account, pk)
        with transaction.atomic():
            TASK.heed_precondition(request, account, task)
            Priority.objects.unstar(task, by=account)
            return answer_single(request, TASK.one(account, pk))

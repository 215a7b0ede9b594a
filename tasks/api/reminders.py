from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.models import Account
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Id, Input, Whole
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.preconditions import answer_single, etag_of, refuse_if_changed
from nozbe.api.schema import page_of
from tasks.api.task_rows import TASK
from tasks.models import Reminder, Task
from tasks.models.reminder import YEAR_MINUTES


class ReminderOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    team = serializers.CharField()
    task = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    on = serializers.DateField(allow_null=True, help_text="At 07:00 in one's own time zone.")
    minutes_before = serializers.IntegerField(allow_null=True, help_text="Before the task is due; all-day: 07:00.")
    fires_at = serializers.DateTimeField(allow_null=True, help_text="Null while it waits for a due date.")
    created_at = serializers.DateTimeField()


def show(rows: Sequence[Reminder], account: Account) -> list[dict[str, Any]]:
    zone = ZoneInfo(account.time_zone)
    return [
        {
            "id": row.pk,
            "team": row.team_id,
            "task": row.task_id,
            "at": row.at,
            "on": row.on,
            "minutes_before": row.minutes_before,
            "fires_at": row.fires_at(zone),
            "created_at": row.created_at,
        }
        for row in rows
    ]


def rows_of(account: Account) -> Any:
    return Reminder.objects.visible_to(account).select_related("task")


def one(account: Account, pk: str) -> dict[str, Any]:
    """Raises Http404."""
    return show([find(account, pk)], account)[0]


def find(account: Account, pk: str) -> Reminder:
    """Raises Http404 for somebody else's, and for what does not exist."""
    row: Reminder | None = rows_of(account).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


class ReminderQuery(PageQuery):
    team = Id(required=False)
    task = Id(required=False)


class ReminderIn(Input):
    at = serializers.DateTimeField(required=False)
    on = serializers.DateField(required=False)
    minutes_before = Whole(required=False, min_value=0, max_value=YEAR_MINUTES)


class NewReminderIn(ReminderIn):
    id = Id(required=False)
    task = Id()


@extend_schema_view(
    post=extend_schema(request=NewReminderIn, responses={201: ReminderOut}, operation_id="me_reminders_create")
)
class MyReminders(Creating):
    @extend_schema(parameters=[ReminderQuery], responses=page_of(ReminderOut), operation_id="me_reminders_list")
    def get(self, request: Request) -> Response:
        """One's own reminders, of tasks that are not in the trash."""
        account = account_of(request)
        given = ReminderQuery.read_query(request)
        rows = rows_of(account).filter(task__in=Task.objects.live().values("pk"))
        rows = rows.filter(**{name: given[name] for name in ("team", "task") if name in given})
        return answer_list(request, rows, lambda page: show(page, account), given=given)

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        find(account_of(request), body["id"])

    def create(self, request: Request, **ids: Any) -> Response:
        """Have oneself reminded: at a moment, on a day, or some time before the task is due."""
        account = account_of(request)
        given = NewReminderIn.read(request)
        task = TASK.find(account, given.pop("task"))
        row = Reminder.objects.make(task, by=account, id=given.pop("id", None), **given)
        body = one(account, row.pk)
        headers = {"Location": f"/api/v1/me/reminders/{row.pk}", "ETag": etag_of(body)}
        return Response(body, status=HTTPStatus.CREATED, headers=headers)


class MyReminder(Endpoint):
    @extend_schema(responses=ReminderOut, operation_id="me_reminders_read")
    def get(self, request: Request, *, pk: str) -> Response:
        """One of one's reminders."""
        return answer_single(request, one(account_of(request), pk))

    @extend_schema(request=ReminderIn(partial=True), responses=ReminderOut, operation_id="me_reminders_change")
    def patch(self, request: Request, *, pk: str) -> Response:
        """Give it another time, of whichever of the three kinds."""
        account = account_of(request)
        row = find(account, pk)
        given = ReminderIn.read(request, partial=True)
        with transaction.atomic():
            row.lock(account)
            refuse_if_changed(request, one(account, pk))
            if given:
                row.change(by=account, **given)
            return answer_single(request, one(account, pk))

    @extend_schema(request=None, responses={204: None}, operation_id="me_reminders_delete")
    def delete(self, request: Request, *, pk: str) -> Response:
        """Be reminded no more."""
        account = account_of(request)
        row = find(account, pk)
        with transaction.atomic():
            row.lock(account)
            refuse_if_changed(request, one(account, pk))
            row.remove(by=account)
        return Response(status=HTTPStatus.NO_CONTENT)

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.models import Account
from nozbe.api.inputs import Id, Input, QueryFlag, Whole
from nozbe.api.listing import answer_page, read_place
from nozbe.api.preconditions import answer_single
from nozbe.api.schema import conditional
from tasks.api.kinds import Listing, PlaceIn, Placing, Single, State, WorkQuery, in_order, listing, single, states
from tasks.api.projects import PROJECT
from tasks.api.task_input import NewTaskIn, TaskIn, with_repetition
from tasks.api.task_list import find_tasks
from tasks.api.task_rows import COLUMNS, TASK, TaskOut, show_rows
from tasks.models import Project, Task


class TaskQuery(WorkQuery):
    project = Id(required=False)
    section = Id(required=False)
    single = QueryFlag(required=False, help_text="Only Single tasks, or none of them.")
    responsible = Id(required=False, help_text="An account.")
    unassigned = QueryFlag(required=False, help_text="Those nobody is responsible for.")
    tag = Id(required=False)
    due_after = serializers.DateField(required=False, help_text="Due on that day or later, by one's own time zone.")
    due_before = serializers.DateField(required=False, help_text="Due before that day, by one's own time zone.")
    has_due_date = QueryFlag(required=False)
    ended = QueryFlag(required=False)
    abandoned = QueryFlag(required=False)
    recurring = QueryFlag(required=False)
    order = in_order("created_at", "position")


@listing(
    TASK,
    TaskQuery,
    NewTaskIn,
    of="Tasks one may see.",
    making="Add a task to a project, or to one's Single tasks; not for guests.",
)
class Tasks(Listing):
    kind = TASK
    query = TaskQuery

    def get(self, request: Request) -> Response:
        account = account_of(request)
        given = TaskQuery.read_query(request)
        moment = given["order"] == "created_at"
        behind = read_place(given["after"], moment=moment) if "after" in given else None
        rows = find_tasks(account, given, behind=behind, limit=given["limit"] + 1)
        key = COLUMNS.index(given["order"])
        return answer_page(request, rows, show_rows, limit=given["limit"], place=lambda row: (row[key], row[0]))

    def make(self, request: Request, account: Account) -> Task:
        given = with_repetition(NewTaskIn.read(request), account)
        if "team" in given:
            project = Project.objects.single_tasks_of(given.pop("team"), by=account)
        else:
            project = PROJECT.find(account, given.pop("project"))
        task: Task = Task.objects.make(project, by=account, id=given.pop("id", None), **given)
        return task


@single(
    TASK,
    TaskIn,
    of="One task.",
    changing="Change what is named; with another project or section it goes behind the others there.",
)
class OneTask(Single):
    kind = TASK
    changed = TaskIn

    def change(self, row: Task, account: Account, given: dict[str, Any]) -> None:
        if "project" in given:
            given = given | {"project": PROJECT.find(account, given["project"])}
        row.change(by=account, **with_repetition(given, account))


class TaskPlaceIn(PlaceIn):
    section = Id(required=False, allow_null=True, help_text="Into that section on the way; null: into none.")


@extend_schema_view(
    put=conditional(
        request=TaskPlaceIn,
        responses=TaskOut,
        operation_id="tasks_position_change",
        description="Put it behind another of the same section, or first; also into another section.",
    )
)
class TaskPlace(Placing):
    kind = TASK
    placed = TaskPlaceIn

    def place(self, row: Task, account: Account, given: dict[str, Any]) -> None:
        row.place(after=given["after"], by=account, section=given.get("section"), move="section" in given)


class CompletionIn(Input):
    occurrence = Whole(
        required=False, min_value=1, max_value=2**31 - 1, help_text="Of a recurring task: the one that is done."
    )


@extend_schema_view(
    post=conditional(
        request=CompletionIn,
        responses=TaskOut,
        operation_id="tasks_completion_create",
        description="It is done. Of a recurring task, that occurrence: answered is its ended copy, whose `series` is "
        "the task, and the task goes on to its next date. An occurrence that was done before is answered the same.",
    ),
    delete=conditional(
        request=None,
        responses=TaskOut,
        operation_id="tasks_completion_delete",
        description="Open it again. Of the copy of an occurrence: the task goes back to it, and the copy is gone; "
        "answered is the task.",
    ),
)
class TaskCompletion(State):
    kind = TASK

    def create(self, request: Request, **ids: Any) -> Response:
        account = account_of(request)
        task = TASK.find(account, ids["pk"])
        # Who says no number means the occurrence that is current when they ask: two who ask at once mean the same.
        occurrence = CompletionIn.read(request).get("occurrence", task.occurrence)
        TASK.heed_precondition(request, account, task)
        ended = task.complete_occurrence(occurrence, by=account)
        return answer_single(request, TASK.one(account, ended.pk))

    def delete(self, request: Request, *, pk: str) -> Response:
        account = account_of(request)
        task = TASK.find(account, pk)
        with transaction.atomic():
            TASK.heed_precondition(request, account, task, lock=Task.lock_with_series)
            opened = task.reopen_occurrence(by=account)
            return answer_single(request, TASK.one(account, opened.pk))


TASK_STATES = states(
    TASK,
    abandonment=("abandon", "resume", "It will not be done.", "Take it up again."),
    trash=("trash", "restore", "Throw it away, with all that is on it.", "Bring it back, with all that was on it."),
)

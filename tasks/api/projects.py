from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.api.teams import team_of
from accounts.models import Account
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Flag, Id, Input, QueryFlag, Text
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.schema import conditional, page_of
from nozbe.encryption.opening import open_all
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
from tasks.colours import Colour
from tasks.models import Project, ProjectGroup, ProjectMember, Task


class ProjectOut(WorkOut):
    name = serializers.CharField()
    is_open = serializers.BooleanField(help_text="Whether everybody in the team but guests may enter.")
    is_single_tasks = serializers.BooleanField(help_text="Whether it is where one's Single tasks are.")
    is_favourite = serializers.BooleanField(help_text="Of whoever asks.")
    colour = serializers.ChoiceField(Colour.choices)
    group = serializers.CharField(allow_null=True)
    author = serializers.CharField(allow_null=True, help_text="Null for a former member.")
    position = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    open_tasks = serializers.IntegerField(help_text="Neither done nor abandoned nor in the trash.")


def load(rows: Any, account: Account) -> Any:
    return rows.for_member(account).with_trash()


def show(rows: Sequence[Any], account: Account) -> list[dict[str, Any]]:
    """With one query for all counts, and one for all groups."""
    open_tasks = Task.objects.live().open().filter(project__in=[row.pk for row in rows]).order_by()
    counts = dict(open_tasks.values_list("project").annotate(number=Count("pk")))
    groups = _groups_of(account).filter(pk__in={row.group_id for row in rows if row.group_id is not None})
    named = set(groups.values_list("pk", flat=True))
    return [
        {
            **work_out(row),
            "name": row.name,
            "is_open": row.is_open,
            "is_single_tasks": row.single_of_id is not None,
            "is_favourite": row.is_favourite,
            "colour": row.colour,
            "group": row.group_id if row.group_id in named else None,
            "author": row.author_id,
            "position": row.position,
            "ended_at": row.ended_at,
            "open_tasks": counts.get(row.pk, 0),
        }
        for row in open_all(rows)
    ]


def _groups_of(account: Account) -> Any:
    """Those that a project is said to be in; guests do not see every group."""
    return ProjectGroup.objects.visible_to(account).live()


PROJECT = Kind("projects", Project, ProjectOut, load, show)


class ProjectQuery(WorkQuery):
    group = Id(required=False)
    ended = QueryFlag(required=False)
    favourite = QueryFlag(required=False)
    order = in_order("created_at", "position")

    def narrow(self, rows: Any, given: dict[str, Any], account: Account) -> Any:
        rows = super().narrow(rows.listed(), given, account)
        if "group" in given:
            rows = rows.filter(group__in=_groups_of(account).filter(pk=given["group"]).values("pk"))
        if "ended" in given:
            rows = rows.filter(ended_at__isnull=not given["ended"])
        if "favourite" in given:
            rows = rows.filter(is_favourite=given["favourite"])
        return rows


class ProjectIn(Input):
    name = Text(max_length=200)
    is_open = Flag(default=True)
    colour = serializers.ChoiceField(Colour.choices, default=Colour.GREY)
    group = Id(required=False, allow_null=True)

    def validate(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """A group by its column."""
        return {"group_id" if name == "group" else name: value for name, value in attributes.items()}


class NewProjectIn(ProjectIn):
    id = Id(required=False)
    team = Id()
    members = serializers.ListField(
        child=Id(), required=False, max_length=200, help_text="Accounts in the team to share it with from the start."
    )


@listing(
    PROJECT,
    ProjectQuery,
    NewProjectIn,
    of="Projects one may enter, in all one's teams. Single tasks are none.",
    making="Start a project; not for guests. A private one is seen by whom it is shared with, and no one else.",
)
class Projects(Listing):
    kind = PROJECT
    query = ProjectQuery

    def make(self, request: Request, account: Account) -> Project:
        given = NewProjectIn.read(request)
        team = team_of(account, given.pop("team"))
        members = tuple(given.pop("members", ()))
        project: Project = Project.objects.make(team, by=account, id=given.pop("id", None), members=members, **given)
        return project


@single(
    PROJECT,
    ProjectIn,
    of="One project.",
    changing="Change what is named. Whoever makes it private stays in it, and so do all it is shared with.",
)
class OneProject(Single):
    kind = PROJECT
    changed = ProjectIn


PROJECT_STATES = states(
    PROJECT,
    completion=("end", "reopen", "End it; its tasks stay as they are.", "Open it again."),
    trash=("trash", "restore", "Throw it away, with all that is in it.", "Bring it back, with all that was in it."),
    favourite=("make_favourite", "make_ordinary", "One's own favourite.", "One's own favourite no more."),
)
place_project = placing(PROJECT)


class ProjectMemberOut(serializers.Serializer[Any]):
    account = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField(help_text="In the team.")
    created_at = serializers.DateTimeField()


def show_member(row: ProjectMember) -> dict[str, Any]:
    membership = row.membership
    return {
        "account": membership.account_id,
        "name": membership.account.name,
        "role": membership.role,
        "created_at": row.created_at,
    }


class ProjectMemberIn(Input):
    account = Id()


@extend_schema_view(
    post=extend_schema(
        request=ProjectMemberIn, responses={201: ProjectMemberOut}, operation_id="project_members_create"
    )
)
class ProjectMembers(Creating):
    @extend_schema(parameters=[PageQuery], responses=page_of(ProjectMemberOut), operation_id="project_members_list")
    def get(self, request: Request, *, pk: str) -> Response:
        """Whom the project is shared with by name. An open one is open to the rest of the team as well."""
        project = PROJECT.find(account_of(request), pk)
        rows = _members(project).annotate(account=F("membership__account"))
        return answer_list(request, rows, lambda page: map(show_member, page), key=("created_at", "account"))

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        PROJECT.find(account_of(request), ids["pk"])

    def create(self, request: Request, **ids: Any) -> Response:
        """Share it with a member of the team; guests see only what is shared with them so."""
        account = account_of(request)
        project = PROJECT.find(account, ids["pk"])
        given = ProjectMemberIn.read(request)
        project.share(given["account"], by=account)
        row = _members(project).get(membership__account=given["account"])
        return Response(show_member(row), status=HTTPStatus.CREATED)


class OneProjectMember(Endpoint):
    @conditional(request=None, responses={204: None}, operation_id="project_members_delete")
    def delete(self, request: Request, *, pk: str, account: str) -> Response:
        """Share it no more with somebody; or leave, with one's own ID."""
        me = account_of(request)
        project = PROJECT.find(me, pk)
        with transaction.atomic():
            PROJECT.heed_precondition(request, me, project)
            project.unshare(account, by=me)
        return Response(status=HTTPStatus.NO_CONTENT)


def _members(project: Project) -> Any:
    live = Q(membership__ended_at__isnull=True)
    return ProjectMember.objects.filter(live, project=project).select_related("membership__account")

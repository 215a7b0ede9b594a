from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import representations as out
from accounts.api.asking import account_of, refuse_unless_confirmed
from accounts.models import Account, Role, Team
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Id, Input, Text
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.preconditions import answer_single, etag_of, refuse_if_changed
from nozbe.api.schema import page_of


def team_of(account: Account, pk: str) -> Team:
    """The one door to a team. Raises Http404 when there is none that the person is a member of."""
    team: Team | None = Team.objects.visible_to(account).filter(pk=pk).first()
    if team is None:
        raise Http404
    return team


class NewTeamIn(Input):
    id = Id(required=False)
    name = Text(max_length=100)


@extend_schema_view(
    post=extend_schema(request=NewTeamIn, responses={201: out.TeamOut}, operation_id="teams_create"),
)
class Teams(Creating):
    @extend_schema(parameters=[PageQuery], responses=page_of(out.TeamOut), operation_id="teams_list")
    def get(self, request: Request) -> Response:
        """Teams one is a member of."""
        account = account_of(request)
        rows = Team.objects.visible_to(account)
        return answer_list(request, rows, lambda page: out.teams(page, account=account))

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        team_of(account_of(request), body["id"])

    def create(self, request: Request, **ids: Any) -> Response:
        """Start a team that one owns."""
        account = account_of(request)
        given = NewTeamIn.read(request)
        team = Team.objects.start(name=given["name"], by=account, id=given.get("id"))
        body = out.team(team, role=team.role_of(account))
        headers = {"Location": f"/api/v1/teams/{team.pk}", "ETag": etag_of(body)}
        return Response(body, status=HTTPStatus.CREATED, headers=headers)


class ChangedTeamIn(Input):
    name = Text(max_length=100)


class OneTeam(Endpoint):
    @extend_schema(responses=out.TeamOut, operation_id="teams_read")
    def get(self, request: Request, *, team: str) -> Response:
        """One team."""
        account = account_of(request)
        found = team_of(account, team)
        return answer_single(request, out.team(found, role=found.role_of(account)))

    @extend_schema(request=ChangedTeamIn(partial=True), responses=out.TeamOut, operation_id="teams_change")
    def patch(self, request: Request, *, team: str) -> Response:
        """Rename it; for owner and admins."""
        account = account_of(request)
        found = team_of(account, team)
        given = ChangedTeamIn.read(request, partial=True)
        with transaction.atomic():
            found.lock_to_manage(account)
            found.refresh_from_db()
            role = found.role_of(account)
            refuse_if_changed(request, out.team(found, role=role))
            if given:
                found.rename(given["name"], by=account)
            return answer_single(request, out.team(found, role=role))


class OwnerIn(Input):
    account = Id()


class Owner(Endpoint):
    @extend_schema(responses=out.MemberOut, operation_id="teams_owner_read")
    def get(self, request: Request, *, team: str) -> Response:
        """Who owns it."""
        return answer_single(request, self._owner(account_of(request), team))

    @extend_schema(request=OwnerIn, responses=out.MemberOut, operation_id="teams_owner_change")
    def put(self, request: Request, *, team: str) -> Response:
        """Hand the team over to another member; for its owner, who becomes an admin.

        From a browser's session, only within ten minutes of proving who one is.
        """
        account = account_of(request)
        found = team_of(account, team)
        if found.role_of(account) == Role.OWNER:
            refuse_unless_confirmed(request)
        given = OwnerIn.read(request)
        with transaction.atomic():
            found.lock()
            refuse_if_changed(request, self._owner(account, team))
            found.hand_over(to=given["account"], by=account)
            return answer_single(request, self._owner(account, team))

    def _owner(self, account: Account, pk: str) -> dict[str, Any]:
        team = team_of(account, pk)
        return out.member(team.owner_membership(), for_role=team.role_of(account))

from __future__ import annotations

from http import HTTPStatus

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import representations as out
from accounts.api.asking import account_of
from accounts.api.teams import team_of
from accounts.models import Membership, Role, Team
from accounts.models.membership import GRANTABLE
from nozbe.api.endpoints import Endpoint
from nozbe.api.inputs import Input
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.preconditions import answer_single, refuse_if_changed
from nozbe.api.schema import page_of


class Members(Endpoint):
    @extend_schema(parameters=[PageQuery], responses=page_of(out.MemberOut), operation_id="members_list")
    def get(self, request: Request, *, team: str) -> Response:
        """Who belongs to the team, in the order of joining."""
        found = team_of(account_of(request), team)
        role = found.role_of(account_of(request))
        rows = found.memberships.live().select_related("account")
        key = ("created_at", "account_id")
        return answer_list(request, rows, lambda page: [out.member(row, for_role=role) for row in page], key=key)


class ChangedMemberIn(Input):
    role = serializers.ChoiceField([(role.value, role.label) for role in GRANTABLE])


class OneMember(Endpoint):
    @extend_schema(responses=out.MemberOut, operation_id="members_read")
    def get(self, request: Request, *, team: str, account: str) -> Response:
        """One member."""
        found = team_of(account_of(request), team)
        role = found.role_of(account_of(request))
        return answer_single(request, out.member(_member(found, account), for_role=role))

    @extend_schema(request=ChangedMemberIn(partial=True), responses=out.MemberOut, operation_id="members_change")
    def patch(self, request: Request, *, team: str, account: str) -> Response:
        """Change somebody's role; for owner and admins."""
        me = account_of(request)
        found = team_of(me, team)
        given = ChangedMemberIn.read(request, partial=True)
        with transaction.atomic():
            found.lock_to_manage(me)
            role = found.role_of(me)
            refuse_if_changed(request, out.member(_member(found, account), for_role=role))
            if given:
                found.change_role(account, Role(given["role"]), by=me)
            return answer_single(request, out.member(_member(found, account), for_role=role))

    @extend_schema(request=None, responses={204: None}, operation_id="members_delete")
    def delete(self, request: Request, *, team: str, account: str) -> Response:
        """Remove somebody, whose access ends at once; or leave, with one's own ID."""
        me = account_of(request)
        found = team_of(me, team)
        with transaction.atomic():
            found.lock()
            refuse_if_changed(request, out.member(_member(found, account), for_role=found.role_of(me)))
            found.remove_member(account, by=me)
        return Response(status=HTTPStatus.NO_CONTENT)


def _member(team: Team, account_id: str) -> Membership:
    membership = team.memberships.live().select_related("account").filter(account_id=account_id).first()
    if membership is None:
        raise Http404
    return membership

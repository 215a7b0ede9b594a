from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import representations as out
from accounts.api.asking import account_of
from accounts.api.teams import team_of
from accounts.errors import NotAllowed
from accounts.invitation_links import find_by_link
from accounts.models import Account, Invitation, Role, Team
from accounts.models.membership import GRANTABLE
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Email, Id, Input, Text
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.preconditions import answer_single, etag_of, refuse_if_changed
from nozbe.api.schema import page_of


def team_managed_by(account: Account, pk: str) -> Team:
    """Raises Http404 for a stranger, NotAllowed for who belongs to it and does not manage it."""
    team = team_of(account, pk)
    if not team.role_of(account).manages:
        raise NotAllowed
    return team


class NewInvitationIn(Input):
    id = Id(required=False)
    email = Email()
    role = serializers.ChoiceField([(role.value, role.label) for role in GRANTABLE])


@extend_schema_view(
    post=extend_schema(request=NewInvitationIn, responses={201: out.InvitationOut}, operation_id="invitations_create"),
)
class Invitations(Creating):
    @extend_schema(parameters=[PageQuery], responses=page_of(out.InvitationOut), operation_id="invitations_list")
    def get(self, request: Request, *, team: str) -> Response:
        """Open invitations into the team; for owner and admins."""
        found = team_managed_by(account_of(request), team)
        return answer_list(request, found.invitations.open(), lambda page: map(out.invitation, page))

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        team_managed_by(account_of(request), ids["team"])

    def create(self, request: Request, **ids: Any) -> Response:
        """Invite somebody by mail, for a week and one use; for owner and admins."""
        account = account_of(request)
        found = team_managed_by(account, ids["team"])
        given = NewInvitationIn.read(request)
        row = Invitation.objects.invite(
            found, email=given["email"], role=Role(given["role"]), by=account, id=given.get("id")
        )
        body = out.invitation(row)
        headers = {"Location": f"/api/v1/teams/{found.pk}/invitations/{row.pk}", "ETag": etag_of(body)}
        return Response(body, status=HTTPStatus.CREATED, headers=headers)


class OneInvitation(Endpoint):
    @extend_schema(responses=out.InvitationOut, operation_id="invitations_read")
    def get(self, request: Request, *, team: str, invitation: str) -> Response:
        """One open invitation."""
        return answer_single(request, out.invitation(self._find(request, team, invitation)))

    @extend_schema(request=None, responses={204: None}, operation_id="invitations_delete")
    def delete(self, request: Request, *, team: str, invitation: str) -> Response:
        """Revoke it: its link opens nothing any more."""
        row = self._find(request, team, invitation)
        with transaction.atomic():
            row.team.lock()
            row.refresh_from_db()
            refuse_if_changed(request, out.invitation(row))
            row.revoke(by=account_of(request))
        return Response(status=HTTPStatus.NO_CONTENT)

    def _find(self, request: Request, team: str, pk: str) -> Invitation:
        found = team_managed_by(account_of(request), team).invitations.open().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found


class MyInvitations(Endpoint):
    @extend_schema(parameters=[PageQuery], responses=page_of(out.MyInvitationOut), operation_id="me_invitations_list")
    def get(self, request: Request) -> Response:
        """Teams that one is invited into, at addresses that one has verified."""
        rows = Invitation.objects.for_account(account_of(request)).select_related("team", "invited_by")
        return answer_list(request, rows, out.my_invitations)


class Joining(Creating):
    """Its answer shows the team, to members only."""

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        team_of(account_of(request), body["id"])


class AcceptedIn(Input):
    token = Text(max_length=200, help_text="The last part of the mailed link.")


@extend_schema_view(
    post=extend_schema(request=AcceptedIn, responses={201: out.TeamOut}, operation_id="invitations_accept"),
)
class Acceptances(Joining):
    def create(self, request: Request, **ids: Any) -> Response:
        """Accept the invitation that a mailed link is about, and become a member."""
        return _accept(request, find_by_link(request._request, AcceptedIn.read(request)["token"]))


@extend_schema_view(
    post=extend_schema(request=None, responses={201: out.TeamOut}, operation_id="me_invitations_accept"),
)
class MyAcceptance(Joining):
    def create(self, request: Request, **ids: Any) -> Response:
        """Accept an invitation at an address that one has verified, and become a member."""
        found = Invitation.objects.for_account(account_of(request)).filter(pk=ids["invitation"]).first()
        if found is None:
            raise Http404
        return _accept(request, found)


def _accept(request: Request, invitation: Invitation) -> Response:
    membership = invitation.accept(by=account_of(request))
    body = out.team(membership.team, role=membership.role)
    headers = {"Location": f"/api/v1/teams/{membership.team_id}", "ETag": etag_of(body)}
    return Response(body, status=HTTPStatus.CREATED, headers=headers)

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import representations as out
from accounts.api.asking import account_of
from accounts.models import ApiToken
from accounts.models.token import LONGEST
from accounts.signing_in import prove
from nozbe.api.endpoints import Endpoint
from nozbe.api.idempotency import once
from nozbe.api.inputs import Email, Input, Text
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.refusals import Invalid
from nozbe.api.schema import page_of


class NewTokenIn(Input):
    email = Email()
    password = Text(max_length=1000, trim_whitespace=False)
    otp = Text(max_length=40, required=False, help_text="Code of the authenticator app, or a recovery code.")
    label = Text(  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
        max_length=100, default="API", help_text="To recognise it by."
    )
    scope = serializers.ChoiceField(ApiToken.SCOPES, default=ApiToken.WRITE)
    expires_at = serializers.DateTimeField(required=False, help_text="At most 366 days from now, and so by default.")

    def validate_expires_at(self, moment: Any) -> Any:
        if not timedelta(0) < moment - timezone.now() <= LONGEST:
            raise serializers.ValidationError(_("Choose a moment in the next 366 days."), code="out_of_range")
        return moment


class Tokens(Endpoint):
    def check_permissions(self, request: Request) -> None:
        if request.method != "POST":
            super().check_permissions(request)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Who asks for a token has none, or an old one."""
        asked: HttpRequest | None = self.request  # none while the API is described
        return [] if asked is not None and asked.method == "POST" else super().get_authenticators()

    @extend_schema(parameters=[PageQuery], responses=page_of(out.TokenOut), operation_id="tokens_list")
    def get(self, request: Request) -> Response:
        """One's own tokens that have not expired."""
        return answer_list(
            request, ApiToken.objects.live().filter(account=account_of(request)), lambda rows: map(out.token, rows)
        )

    @extend_schema(request=NewTokenIn, responses={201: out.NewTokenOut}, auth=[], operation_id="tokens_create")
    def post(self, request: Request) -> Response:
        """Sign in a program: a token for an address and its password, and a code where there is a second factor."""
        given = NewTokenIn.read(request)
        proof = prove(request._request, email=given["email"], password=given["password"])

        def issue() -> Response:
            proof.with_second_factor(given.get("otp"))
            lasts = given["expires_at"] - timezone.now() if "expires_at" in given else LONGEST
            row, text = ApiToken.objects.issue(proof.account, name=given["label"], scope=given["scope"], lasts=lasts)
            return Response(out.token(row) | {"token": text}, status=HTTPStatus.CREATED)

        return once(request, owner=proof.account.pk, act=issue)

    @extend_schema(request=None, responses={204: None}, operation_id="tokens_sign_out")
    def delete(self, request: Request) -> Response:
        """Revoke the token that this request was made with."""
        if not isinstance(request.auth, ApiToken):
            detail = _("This request was not made with a token. Say which: DELETE /api/v1/tokens/{id}.")
            raise Invalid.field("Authorization", code="required", detail=detail)
        request.auth.revoke(by=request.auth.account)
        return Response(status=HTTPStatus.NO_CONTENT)


class OneToken(Endpoint):
    @extend_schema(request=None, responses={204: None}, operation_id="tokens_delete")
    def delete(self, request: Request, *, token: str) -> Response:
        """Revoke one of one's tokens."""
        row = ApiToken.objects.filter(account=account_of(request), pk=token).first()
        if row is None:
            raise Http404
        row.revoke(by=row.account)
        return Response(status=HTTPStatus.NO_CONTENT)

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import ask_for_proof
from accounts.api import representations as out
from accounts.api.asking import account_of
from accounts.models import Account
from accounts.sessions import end_sessions, live_sessions, stay_signed_in
from accounts.signing_in import prove_again
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Email, Input, Text
from nozbe.api.preconditions import answer_single, refuse_if_changed


class MeIn(Input):
    name = Text(max_length=100)
    country = Text(max_length=2)
    time_zone = Text(max_length=64)
    language = Text(max_length=8)


class Me(Endpoint):
    @extend_schema(responses=out.MeOut, operation_id="me_read")
    def get(self, request: Request) -> Response:
        """One's own account."""
        return answer_single(request, out.me(account_of(request)))

    @extend_schema(request=MeIn(partial=True), responses=out.MeOut, operation_id="me_change")
    def patch(self, request: Request) -> Response:
        """Change name, country, time zone or language. The address has its own way: /me/email."""
        given = MeIn.read(request, partial=True)
        with transaction.atomic():
            account = Account.objects.select_for_update(no_key=True).get(pk=request.user.pk)
            refuse_if_changed(request, out.me(account))
            if given:
                account.change_details(by=account, **given)
            return answer_single(request, out.me(account))


class AddressOut(serializers.Serializer[Any]):
    email = serializers.EmailField()
    verified = serializers.BooleanField(help_text="Whether one has proved to read mail there.")


class NewAddressIn(Input):
    email = Email()
    password = Text(max_length=1000, trim_whitespace=False)


@extend_schema_view(
    post=extend_schema(request=NewAddressIn, responses={202: AddressOut}, operation_id="me_email_change"),
)
class MyAddress(Creating):
    @extend_schema(responses=AddressOut, operation_id="me_email_read")
    def get(self, request: Request) -> Response:
        """The address one signs in with."""
        account = account_of(request)
        verified = account.email in account.verified_addresses()
        return answer_single(request, {"email": account.email, "verified": verified})

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        """It says what was asked for by whoever asks again."""

    def create(self, request: Request, **ids: Any) -> Response:
        """Change it: once the link in the mail to the new one was followed, signed in.

        The answer is the same whether or not somebody else has that address.
        """
        given = NewAddressIn.read(request)
        account = account_of(request)
        prove_again(request._request, account, password=given["password"])
        email = given["email"].lower()
        ask_for_proof(account, email, request._request)
        return Response({"email": email, "verified": False}, status=HTTPStatus.ACCEPTED)


class NewPasswordIn(Input):
    password = Text(max_length=1000, trim_whitespace=False, help_text="The one until now.")
    new_password = Text(max_length=1000, trim_whitespace=False)


class MyPassword(Endpoint):
    @extend_schema(request=NewPasswordIn, responses={204: None}, operation_id="me_password_change")
    def put(self, request: Request) -> Response:
        """Change the password. Sessions opened with the old one end; tokens stay."""
        given = NewPasswordIn.read(request)
        account = account_of(request)
        prove_again(request._request, account, password=given["password"])
        with transaction.atomic():
            try:
                account.change_password(given["new_password"])
            except ValidationError as error:
                raise ValidationError({"new_password": error.error_list}) from error
            get_adapter(request._request).send_notification_mail("account/email/password_changed", account)
            if request.auth is None:
                stay_signed_in(request._request, account)
        return Response(status=HTTPStatus.NO_CONTENT)


class MySessions(Endpoint):
    @extend_schema(responses=out.SessionsOut, operation_id="me_sessions_list")
    def get(self, request: Request) -> Response:
        """Where one is signed in by browser, newest first."""
        key = request._request.session.session_key if request.auth is None else None
        rows = live_sessions(account_of(request))
        return Response({"results": [out.session(row, current_key=key) for row in rows], "next": None})


class MySession(Endpoint):
    @extend_schema(request=None, responses={204: None}, operation_id="me_sessions_delete")
    def delete(self, request: Request, *, session: str) -> Response:
        """Sign that browser out."""
        account = account_of(request)
        row = next((row for row in live_sessions(account) if out.session_id(row) == session), None)
        if row is None:
            raise Http404
        end_sessions(UserSession.objects.filter(pk=row.pk), account)
        return Response(status=HTTPStatus.NO_CONTENT)

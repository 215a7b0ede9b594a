from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.signing_up import sign_up, tell_by_mail
from nozbe.api.endpoints import Endpoint
from nozbe.api.idempotency import once
from nozbe.api.inputs import Email, Input, Text


class SignUpIn(Input):
    email = Email()
    name = Text(max_length=100)
    password = Text(max_length=1000, trim_whitespace=False)
    country = Text(max_length=2, help_text="ISO 3166-1, two letters.")
    time_zone = Text(max_length=64, help_text="IANA, such as Europe/Warsaw.")


class SignUpOut(serializers.Serializer[Any]):
    email = serializers.EmailField()
    verification = serializers.ChoiceField(
        ["mandatory", "optional"], help_text="Whether the mailed link must be followed before signing in."
    )


class Accounts(Endpoint):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=SignUpIn, responses={201: SignUpOut}, operation_id="accounts_create")
    def post(self, request: Request) -> Response:
        """Sign up. The answer is the same whether or not the address has an account; a mail tells its reader."""
        given = SignUpIn.read(request)
        with transaction.atomic():
            account, new = sign_up(**given)

            def tell() -> Response:
                tell_by_mail(request._request, account, email=given["email"], new=new)
                body = {"email": given["email"].lower(), "verification": settings.EMAIL_VERIFICATION}
                return Response(body, status=HTTPStatus.CREATED)

            return once(request, owner=account.pk, act=tell, purpose="sign-up")

"""Every refusal in the one shape of `nozbe.errors.problem`, whoever raised it."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions

from nozbe.errors import DomainError, NotFound, problem, refusal_headers

SomeFields = dict[str, Any] | list[Any] | str
NON_FIELD = "non_field_errors"


class Invalid(DomainError):
    """The request is well-formed, and something in it will not do. Names each field."""

    code = "invalid"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(_("Something in the request will not do; see the fields. Nothing was changed."), errors=errors)

    @classmethod
    def field(cls, name: str, *, code: str, detail: str) -> Invalid:
        return cls([{"field": name, "code": code, "detail": detail}])


class TooLarge(DomainError):
    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit: int) -> None:
        detail = _("The request is larger than %(limit)d bytes. Nothing was changed.") % {"limit": limit}
        super().__init__(detail, errors=[{"field": "body", "code": self.code, "detail": detail}])


def answer_refusal(refusal: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """The answer for whatever a view raised; None for what is our fault: that is a 500, and logged."""
    domain = _as_domain_error(refusal)
    if domain is not None:
        answer = problem(status=domain.status, code=domain.code, detail=domain.detail, errors=domain.errors)
        for name, value in refusal_headers(domain).items():
            answer[name] = value
        return answer
    if isinstance(refusal, exceptions.APIException):
        answer = problem(status=refusal.status_code, code=_code(refusal), detail=_text(refusal))
        if header := getattr(refusal, "auth_header", None):
            answer.headers["WWW-Authenticate"] = header
        if (seconds := getattr(refusal, "wait", None)) is not None:
            answer.headers["Retry-After"] = str(max(1, int(seconds + 0.999)))
        return answer
    return None


def _as_domain_error(refusal: Exception) -> DomainError | None:
    if isinstance(refusal, DomainError):
        return refusal
    if isinstance(refusal, Http404):
        return NotFound()
    if isinstance(refusal, RequestDataTooBig):
        return TooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if isinstance(refusal, exceptions.ValidationError):
        return Invalid(list(_fields(refusal.get_full_details())))
    if isinstance(refusal, ModelValidationError):
        return Invalid(list(_model_fields(refusal)))
    return None


def _fields(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested details as a flat list; a field inside another is `outer.inner`, an item `outer.3`."""
    if isinstance(details, dict) and {"message", "code"} == details.keys():
        yield {"field": path, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            name = "" if name == NON_FIELD else str(name)
            yield from _fields(inner, ".".join(part for part in (path, name) if part))
    else:
        for index, inner in enumerate(details):
            item = isinstance(inner, dict) and {"message", "code"} != inner.keys()
            yield from _fields(inner, f"{path}.{index}" if item else path)


def _model_fields(refusal: ModelValidationError) -> Iterator[dict[str, str]]:
    by_field = refusal.error_dict if hasattr(refusal, "error_dict") else {"": refusal.error_list}
    for name, errors in by_field.items():
        for error in errors:
            field = "" if name == "__all__" else name
            yield {"field": field, "code": str(error.code or "invalid"), "detail": " ".join(error.messages)}


def _code(refusal: exceptions.APIException) -> str:
    if isinstance(refusal, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return "not_signed_in"
    if isinstance(refusal, exceptions.Throttled):
        return "too_many_requests"
    codes = refusal.get_codes()
    return codes if isinstance(codes, str) else "refused"


def _text(refusal: exceptions.APIException) -> str:
    if isinstance(refusal, exceptions.NotAuthenticated):
        return _("Sign in first, or send a token.")
    if isinstance(refusal, exceptions.AuthenticationFailed):
        return _("That token is unknown, revoked or has expired.")
    if isinstance(refusal, exceptions.Throttled):
        return _("That was too much at once. Wait a little, then go on.")
    return str(refusal.detail)

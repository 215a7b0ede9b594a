"""Refusals: one class a reason, one shape on the wire.

What a person can act on is a `DomainError`, whose text is shown to them; what is our fault is any other exception: 500,
and logged.
"""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

RETRY_AFTER_SECONDS = "5"

PAGES = {
    400: (_("That request made no sense"), _("Something in it is missing or malformed. Nothing was changed.")),
    403: (_("That is not allowed"), _("You are signed in, but this is not yours to do. Nothing was changed.")),
    404: (_("There is nothing here"), _("It may have been deleted, or it is not shared with you.")),
    429: (_("Too many attempts"), _("Nothing was changed. Wait a minute, then try again.")),
    500: (_("That was our fault"), _("The error was recorded, without your content. Please try again.")),
    503: (_("One moment, please"), _("A part of the service is restarting. Nothing is lost; please try again.")),
}


class DomainError(Exception):
    """A refusal with a stable `code`, an HTTP `status` and a text for people that says who, what and why."""

    code = "refused"
    status = HTTPStatus.BAD_REQUEST
    retry_after_seconds: int | None = None

    def __init__(self, detail: str, *, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []


class NotFound(DomainError):
    """What does not exist, and what one may not see: byte for byte the same answer."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_sentence(404))


class RefusalMiddleware:
    """Answers a DomainError that a view let through: the one shape for the API, a page with its text for people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        response: HttpResponse
        if request.path.startswith("/api/"):
            response = problem(
                status=exception.status, code=exception.code, detail=exception.detail, errors=exception.errors
            )
        else:
            response = refusal_page(exception)
        for name, value in refusal_headers(exception).items():
            response[name] = value
        return response


def refusal_headers(refusal: DomainError) -> dict[str, str]:
    """When to come back: what the refusal says itself, or soon when a part of the service is away."""
    if refusal.retry_after_seconds is not None:
        return {"Retry-After": str(refusal.retry_after_seconds)}
    return {"Retry-After": RETRY_AFTER_SECONDS} if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def refusal_page(refusal: DomainError) -> HttpResponse:
    if refusal.status == HTTPStatus.NOT_FOUND:
        title, text = map(str, PAGES[404])
    else:
        title, text = gettext("That did not work"), refusal.detail
    return _page({"status": int(refusal.status), "title": title, "text": text})


def problem(*, status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> JsonResponse:
    """The one error shape: `{"code", "detail", "errors": [{"field", "code", "detail"}]}`."""
    return JsonResponse({"code": code, "detail": detail, "errors": errors or []}, status=status)


def error_response(request: HttpRequest, status: int) -> HttpResponse:
    """JSON for the API, a page for people, with the same words."""
    title, text = PAGES[status]
    if request.path.startswith("/api/"):
        code = HTTPStatus(status).phrase.lower().replace(" ", "_")
        return problem(status=status, code=code, detail=_sentence(status))
    return _page({"status": status, "title": title, "text": text})


def _sentence(status: int) -> str:
    title, text = PAGES[status]
    return f"{title}. {text}"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What django-allauth answers to whoever posts one form over and over."""
    response = error_response(request, 429)
    response["Retry-After"] = "60"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After when it was the database that did not answer.

    Must not touch the database, the session or the user: one of them may be what failed.
    """
    status = 503 if isinstance(sys.exception(), OperationalError | InterfaceError) else 500
    response = error_response(request, status)
    if status == 503:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(status=403, code="csrf_failed", detail=gettext("The request did not come from our own page."))
    context = {
        "status": 403,
        "title": gettext("This page was open for too long"),
        "text": gettext("Go back, reload it and try once more. Nothing was changed."),
    }
    return _page(context)


def _page(context: dict[str, Any]) -> HttpResponse:
    """Rendered without the request, so that no context processor asks for the user."""
    return HttpResponse(render_to_string("error.html", context), status=context["status"])


def handlers() -> dict[str, Any]:
    """What every root URL configuration spreads into its globals: handler400, 403, 404, 429 and 500."""
    return {
        "handler400": bad_request,
        "handler403": permission_denied,
        "handler404": page_not_found,
        "handler429": too_many_requests,
        "handler500": server_error,
    }

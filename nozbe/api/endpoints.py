"""The base of every view under /api/: who asks, how often, and that a POST acts once."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nozbe.api.idempotency import once


class Endpoint(APIView):
    http_method_names = ("get", "head", "post", "put", "patch", "delete")

    def finalize_response(self, request: Request, response: Any, *args: Any, **ids: Any) -> Any:
        """What one person may see stays out of every cache."""
        final = super().finalize_response(request, response, *args, **ids)
        final["Cache-Control"] = "no-store, private"
        return final


class Asking(Endpoint):
    """A view whose POST only reads: what is asked for does not belong into an address, which stands in logs.

    It writes `ask`. A key against doing it twice is fine, and needs no stored answer.
    """

    changes_nothing = True

    def ask(self, request: Request, **ids: Any) -> Response:
        raise NotImplementedError

    def post(self, request: Request, **ids: Any) -> Response:
        return self.ask(request, **ids)


class Creating(Endpoint):
    """A view whose POST creates or does something. It writes `create`, never `post`: so none forgets the key."""

    def create(self, request: Request, **ids: Any) -> Response:
        raise NotImplementedError

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        """Raise what a GET would, when `body`, the answer to a request that came before, is not to be seen any more."""
        raise NotImplementedError

    def post(self, request: Request, **ids: Any) -> Response:
        return once(
            request,
            owner=str(request.user.pk),
            act=lambda: self.create(request, **ids),
            refuse_to_repeat=lambda body: self.refuse_to_repeat(request, body, **ids),
        )

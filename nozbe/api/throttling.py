"""How often one may ask. Limits are for machines that run wild; guessing has limits of its own (`accounts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from nozbe.client_address import client_address, network_of
from nozbe.hiding import hidden

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which loads this module


class PerCaller(SimpleRateThrottle):
    """By account; by client address for whoever has not said who they are."""

    scope = "caller"

    def get_rate(self) -> str:
        return settings.API_RATES[self.scope]

    def get_cache_key(self, request: Request, view: APIView) -> str:
        who = request.user.pk if request.user.is_authenticated else network_of(client_address(request._request))
        return self.cache_format % {"scope": self.scope, "ident": hidden(who)}

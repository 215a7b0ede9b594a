"""How often one may ask. Limits are for machines that run wild; guessing has limits of its own (`accounts`)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from nozbe.client_address import client_address, network_of
from nozbe.hiding import hidden

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which loads this module

    from nozbe.surviving_cache import SurvivingCache


class PerCaller(SimpleRateThrottle):
    """By account; by client address for whoever has not said who they are.

    A count in a window that begins with the first request: the base class keeps the moment of each, and would read and
    write hundreds of them at every request.
    """

    scope = "caller"
    num_requests: int
    duration: int
    """Seconds."""

    def get_rate(self) -> str:
        return settings.API_RATES[self.scope]

    def get_cache_key(self, request: Request, view: APIView) -> str:
        who = request.user.pk if request.user.is_authenticated else network_of(client_address(request._request))
        return self.cache_format % {"scope": self.scope, "ident": hidden(who)}

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.key = self.get_cache_key(request, view)
        count: int = cast("SurvivingCache", cache).tally(self.key, self.duration)
        if count == 1:
            cache.set(f"{self.key}:since", time.time(), self.duration)
        return count <= self.num_requests

    def wait(self) -> float:
        """Seconds until the window ends."""
        since = cache.get(f"{self.key}:since")
        return float(self.duration) if since is None else max(1.0, float(since) + self.duration - time.time())

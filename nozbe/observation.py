"""One log line and one measurement a request: the route's pattern, never the path, the query or the person.

Also counted: how many requests and how long they took, for Prometheus. Processes of one site share a folder of
counter files (`PROMETHEUS_MULTIPROC_DIR`), which `manage.py serve_metrics` adds up on an internal port.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

from nozbe.models import new_id

log = structlog.get_logger("nozbe.request")

REQUESTS = Histogram(
    "nozbe_request_seconds",
    "Time to answer a request, by site, route pattern, method and status.",
    ["site", "route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNLOGGED = frozenset({"healthz", "readyz"})


class ObservationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = new_id()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            self._note(request, response, seconds=time.perf_counter() - started)
            return response
        finally:
            structlog.contextvars.unbind_contextvars("request_id")

    def _note(self, request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        method = request.method if request.method in METHODS else "OTHER"
        REQUESTS.labels(settings.SITE, route, method, response.status_code).observe(seconds)
        if route not in UNLOGGED:
            log.info("request", route=route, method=method, status=response.status_code, ms=round(seconds * 1000, 1))

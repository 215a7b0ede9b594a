"""`/healthz`: this process lives. `/readyz`: it can do its work. Asked every second by the proxy beside it."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nozbe.health import probes

_migrations_once = cache(
    probes.migrations
)  # a process that found its tables does not lose them; failures are asked anew


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every part this site cannot work without answers, else 503. Says which part, and nothing about it."""
    findings = [probes.ask("database", probes.database), probes.ask("migrations", _migrations_once)]
    if settings.VALKEY_URL:
        findings.append(probes.ask("valkey", probes.valkey))
    parts = {finding.part: "ok" if finding.well else "down" for finding in findings}
    ready = all(finding.well for finding in findings)
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)

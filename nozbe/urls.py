"""The web site's table of contents."""

from django.urls import include, path

from nozbe.api.views import docs, openapi
from nozbe.errors import handlers
from nozbe.health.views import healthz, readyz
from nozbe.safety.views import safety, safety_as_json
from nozbe.views import home

globals().update(handlers())

urlpatterns = [
    path("api/v1/", include("tasks.api.urls")),  # first, for they are looked through in order, and these are asked most
    path("", home, name="home"),
    path("", include("accounts.urls")),
    path("safety", safety, name="safety"),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("tasks.api.team_urls")),
    path("api/v1/", include("nozbe.sync.urls")),
    path("api/v1/openapi.json", openapi, name="api-openapi"),
    path("api/docs", docs, name="api-docs"),
    path("api/v1/safety", safety_as_json, name="api-safety"),
    path("healthz", healthz),
    path("readyz", readyz),
]

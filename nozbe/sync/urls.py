"""What clients sync through. The stream of events is served by a process of its own (`events`)."""

from __future__ import annotations

from django.urls import path

from nozbe.sync import api

urlpatterns = [
    path("sync", api.Sync.as_view(), name="api-sync"),
    path("sync/schema", api.Schema.as_view(), name="api-sync-schema"),
]

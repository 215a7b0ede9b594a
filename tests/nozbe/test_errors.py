"""Refusals and failures: one shape for machines, a calm page for people, nothing leaked by either."""

from __future__ import annotations

import io
import json
import logging
import os
from pathlib import Path

import pytest
import structlog
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import JsonResponse
from django.test import Client
from django.urls import path

from nozbe import urls as web
from nozbe.errors import DomainError, handlers
from nozbe.keyserver import KeyServerUnavailable

pytestmark = pytest.mark.django_db

CANARY = "canary-in-an-exception"


def broken(request):
    secret_local = CANARY
    raise RuntimeError(f"this quotes {secret_local}")


def without_database(request):
    raise OperationalError(f"DETAIL: Key (name)=({CANARY}) already exists")


def refusing(request):
    raise DomainError("Olivia must hand the team over first.", errors=[{"field": "owner", "code": "x", "detail": "y"}])


def keyless(request):
    raise KeyServerUnavailable


def receiving(request):
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    return JsonResponse({"fields": dict(request.POST), "files": list(request.FILES), "disk": os.listdir(folder)})


globals().update(handlers())
urlpatterns = [
    path("broken", broken),
    path("api/v1/broken", broken),
    path("refusing", refusing),
    path("api/v1/refusing", refusing),
    path("api/v1/keyless", keyless),
    path("receiving", receiving),
    path("down", without_database),
    path("api/v1/down", without_database),
    *web.urlpatterns,
]


@pytest.fixture
def logged(monkeypatch):
    """Returns what was logged so far, as our own handler writes it."""
    stream = io.StringIO()
    handlers = logging.getLogger().handlers
    ours = next(h for h in handlers if isinstance(h.formatter, structlog.stdlib.ProcessorFormatter))
    monkeypatch.setattr(ours, "stream", stream)
    return stream.getvalue


@pytest.fixture
def visitor(settings):
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def test_a_missing_page_and_a_missing_resource_are_told_apart_by_their_reader_only(client):
    page, resource = client.get("/nowhere"), client.get("/api/v1/nowhere")
    assert (page.status_code, resource.status_code) == (404, 404)
    assert "There is nothing here" in page.content.decode()
    assert resource.json() == {
        "code": "not_found",
        "detail": "There is nothing here. It may have been deleted, or it is not shared with you.",
        "errors": [],
    }


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_what_does_not_exist_is_the_same_to_every_method(client, method):
    assert getattr(client, method)("/api/v1/nowhere").status_code == 404


@pytest.mark.parametrize(("address", "status"), [("broken", 500), ("down", 503)])
def test_our_fault_is_admitted_without_quoting_anything(visitor, address, status, logged):
    page, resource = visitor.get(f"/{address}?q={CANARY}"), visitor.get(f"/api/v1/{address}?q={CANARY}")
    assert (page.status_code, resource.status_code) == (status, status)
    assert set(resource.json()) == {"code", "detail", "errors"}
    assert ("Retry-After" in page.headers, "Retry-After" in resource.headers) == (status == 503, status == 503)
    assert f'"status": {status}' in logged()
    for text in (page.content.decode(), resource.content.decode(), logged()):
        assert CANARY not in text
        assert "Traceback" not in text


def test_a_failure_is_logged_with_type_and_place(visitor, logged):
    visitor.get("/broken")
    lines = [json.loads(line) for line in logged().splitlines()]
    error = next(line for line in lines if line["level"] == "error")
    assert error["exception"][0]["type"] == "builtins.RuntimeError"
    assert error["exception"][0]["frames"][-1].endswith(" broken")
    request = next(line for line in lines if line["event"] == "request")
    assert (request["route"], request["status"]) == ("broken", 500)
    assert len(request["request_id"]) == 16


def test_a_page_that_was_open_too_long_says_what_to_do():
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in", {"username": "owner@example.com", "password": "x"})
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()


def test_a_refusal_says_who_what_and_why(visitor):
    resource, page = visitor.get("/api/v1/refusing"), visitor.get("/refusing")
    assert (resource.status_code, page.status_code) == (400, 400)
    assert resource.json() == {
        "code": "refused",
        "detail": "Olivia must hand the team over first.",
        "errors": [{"field": "owner", "code": "x", "detail": "y"}],
    }
    assert "Olivia must hand the team over first." in page.content.decode()


def test_a_silent_key_server_is_a_503_with_retry_after(visitor):
    answer = visitor.get("/api/v1/keyless")
    assert (answer.status_code, answer.json()["code"]) == (503, "key_server_unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_a_file_in_a_form_reaches_neither_disk_nor_view(visitor, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    file = SimpleUploadedFile("secret.txt", b"x" * 4_000_000)
    answer = visitor.post("/receiving", {"name": "kept", "file": file})
    assert answer.json() == {"fields": {"name": ["kept"]}, "files": [], "disk": []}


def test_neither_paths_nor_host_names_of_refused_requests_are_logged(visitor, logged):
    assert visitor.get(f"/{CANARY}").status_code == 404
    assert visitor.get("/", headers={"host": f"{CANARY}.example"}).status_code == 400
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in", {}, headers={"referer": f"https://{CANARY}.example/"}).status_code == 403
    assert len(logged().splitlines()) >= 5
    assert CANARY not in logged()

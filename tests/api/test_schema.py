"""The description of the API: reviewed, complete, readable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.urls import reverse
from drf_spectacular.drainage import GENERATOR_STATS

from nozbe.api.schema import description

SNAPSHOT = Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.json"


def operations():
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_description_is_the_reviewed_one():
    assert description() == json.loads(SNAPSHOT.read_text()), "if it is meant: `make schema`, and review the difference"


def test_nothing_in_the_description_is_guessed():
    description()
    assert GENERATOR_STATS._warn_cache == {}
    assert GENERATOR_STATS._error_cache == {}


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own():
    names = [operation["operationId"] for _name, operation in operations()]
    assert len(names) == len(set(names))
    assert [name for name, operation in operations() if not operation.get("description")] == []


def test_every_operation_says_how_it_refuses():
    for name, operation in operations():
        assert {"400", "401", "403", "404", "429", "503"} <= operation["responses"].keys(), name


def test_every_post_names_the_idempotency_key():
    for name, operation in operations():
        if name.startswith("POST"):
            assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}, name


def test_programs_get_the_description_without_signing_in(client):
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == description()


@pytest.mark.django_db
def test_people_read_about_every_operation_on_one_page(client):
    page = client.get(reverse("api-docs")).content.decode()
    for name, operation in operations():
        assert f"<code>{name}</code>" in page
        assert f'id="{operation["operationId"]}"' in page
    for field in ("time_zone", "Idempotency-Key", "after", "expires_at"):
        assert f"<code>{field}</code>" in page

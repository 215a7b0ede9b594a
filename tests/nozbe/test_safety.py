from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from nozbe.models import Heartbeat

pytestmark = pytest.mark.django_db

STORES = "nozbe.health.jobs.check_object_stores"


def facts(client) -> dict[str, dict[str, object]]:
    return {fact["name"]: fact for fact in client.get("/api/v1/safety").json()["results"]}


def test_what_nobody_has_measured_is_said_to_be_unknown(client):
    found = facts(client)
    for name in ("last_backup", "last_proven_restore", "replica_lag", "last_failover_drill", "access_log"):
        assert found[name]["known"] is False
        assert (found[name]["answer"], found[name]["well"], found[name]["at"]) == (None, None, None)
        assert found[name]["note"] == "Not known yet: this part of Nozbe is still being built."
    for name in ("object_stores", "key_server", "record"):
        assert (found[name]["known"], found[name]["note"]) == (False, "Not checked yet.")


def test_what_was_measured_is_said_with_its_time(client):
    at = timezone.now() - timedelta(seconds=20)
    Heartbeat.objects.create(job=STORES, succeeded_at=at)
    fact = facts(client)["object_stores"]
    assert (fact["known"], fact["answer"], fact["well"]) == (True, "Yes.", True)
    assert fact["at"] == at.isoformat()


def test_a_failed_check_is_not_hidden(client):
    Heartbeat.objects.create(job=STORES, succeeded_at=timezone.now() - timedelta(minutes=5))
    Heartbeat.objects.failed(STORES, error="Unwell")
    fact = facts(client)["object_stores"]
    assert (fact["answer"], fact["well"]) == ("No: the last check failed.", False)
    assert "No: the last check failed." in client.get("/safety").content.decode()


def test_a_check_that_never_succeeded_is_a_no(client):
    Heartbeat.objects.failed(STORES, error="Unwell")
    assert facts(client)["object_stores"]["answer"] == "No: the last check failed."


def test_an_old_success_is_not_sold_as_a_present_one(client):
    Heartbeat.objects.create(job=STORES, succeeded_at=timezone.now() - timedelta(days=2))
    fact = facts(client)["object_stores"]
    assert (fact["answer"], fact["well"]) == ("Not checked lately.", False)


def test_the_page_says_the_same_as_the_interface(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = client.get("/safety")
    assert page.status_code == 200
    text = page.content.decode()
    for fact in facts(client).values():
        assert str(fact["question"]) in text
    assert text.count("Not known.") == 8
    assert "Database: IE. Object stores: ireland (IE), paris (FR)." in text
    assert page.headers["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize("path", ["/safety", "/api/v1/safety", "/", "/readyz", "/healthz"])
def test_pages_that_only_show_refuse_to_be_written_to(client, path):
    assert client.post(path).status_code in (403, 405)

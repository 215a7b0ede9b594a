from __future__ import annotations

import pytest
from django.utils import timezone

from nozbe.encryption.models import Keyring
from nozbe.health import probes

pytestmark = pytest.mark.django_db


def test_a_live_process_says_so_without_asking_anybody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_site_is_ready_when_every_part_answers(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "parts": {"database": "ok", "migrations": "ok", "valkey": "ok"}}


@pytest.mark.parametrize(("kinds", "well"), [((), False), (("team",), False), (("team", "account"), True)])
def test_without_a_ready_key_of_each_kind_the_doctor_says_that_nobody_can_sign_up(kinds, well):
    for kind in kinds:
        Keyring.objects.create(kind=kind, safe_at=timezone.now())
    finding = probes.ask("ready keys", probes.ready_keys)
    assert finding.well is well
    assert ("nobody can sign up" in finding.detail) is not well

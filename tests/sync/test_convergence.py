"""After any mess nothing that was typed is lost, and every device shows what a new one would.

`NOZBE_SYNC_SEEDS=50` for more. The same must go wrong as soon as one of the things it rests on is taken away.
"""

from __future__ import annotations

import os

import pytest
from django.db import connection

from tests.conftest import as_owner
from tests.sync.clients import Clients
from tests.sync.conftest import Devices, web_process
from tests.sync.soak import Soak

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sync")]

SEEDS = range(1, 1 + int(os.environ.get("NOZBE_SYNC_SEEDS", "2")))
TRIGGERS = {"stamps of tasks": ("tasks_task", "version"), "tombstones of taggings": ("tasks_tasktag", "tombstone")}
ATTEMPTS = 3


@pytest.fixture(autouse=True)
def _without_rates(settings):
    settings.API_RATES = {"caller": "1000000/min"}


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nobody_sees_anything_else(devices, seed):
    soak = Soak(devices, seed)
    soak.run()
    assert soak.findings() == []
    assert soak.changed > 30, "they did something"


@pytest.fixture(params=TRIGGERS)
def sabotaged(request, transactional_db):
    table, trigger = TRIGGERS[request.param]
    switch(table, trigger, "DISABLE")
    yield
    switch(table, trigger, "ENABLE")


def switch(table: str, trigger: str, how: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} {how} TRIGGER {trigger}")


def test_it_would_be_noticed(devices, sabotaged):
    for seed in range(1, 1 + ATTEMPTS):
        soak = Soak(devices, seed)
        soak.run()
        if soak.findings():
            return
    pytest.fail("nothing was noticed")


@pytest.fixture
def unchecked(transactional_db, tmp_path):
    """Clients of a web process that writes whatever is pushed."""
    process = web_process(tmp_path, 1, application="tests.sync.unchecked:application")
    try:
        with Clients([f"http://127.0.0.1:{process.port}"], log=tmp_path / "clients.log") as clients:
            yield Devices(clients)
            clients.problems.clear()
    finally:
        process.stop()


def test_it_would_be_noticed_if_pushes_wrote_over_what_they_have_not_seen(unchecked):
    for seed in range(1, 1 + ATTEMPTS):
        soak = Soak(unchecked, seed)
        soak.run()
        if any(finding.startswith("lost") for finding in soak.findings()):
            return
    pytest.fail("nothing was noticed")

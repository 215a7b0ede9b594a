"""Periodic jobs leave a heartbeat, and the doctor says which is late or failing."""

from __future__ import annotations

import io
import time
from datetime import timedelta

import pytest
from celery import current_app
from celery.schedules import schedule
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from nozbe.celery import SCHEDULE, Clock, DueAtStart
from nozbe.models import Heartbeat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_worker")]

STORES = "nozbe.health.jobs.check_object_stores"
KEYS = "nozbe.health.jobs.check_key_server"
SESSIONS = "accounts.jobs.end_expired_sessions"


@pytest.fixture(autouse=True)
def _jobs_are_found():
    current_app.loader.import_default_modules()


def run(job: str) -> None:
    """As the worker runs it."""
    current_app.tasks[job].apply()


def doctor() -> tuple[int, dict[str, str]]:
    """Exit code, and part → its line."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    lines = out.getvalue().splitlines()
    return code, {line[8:58].strip(): line for line in lines}


def test_every_job_on_the_schedule_exists_and_every_job_is_on_it():
    ours = {name for name in current_app.tasks if not name.startswith("celery.")}
    assert set(SCHEDULE) == ours


def test_a_job_that_ran_leaves_a_heartbeat_with_its_count():
    before = timezone.now()
    run(STORES)
    heartbeat = Heartbeat.objects.get(job=STORES)
    assert before <= heartbeat.started_at <= heartbeat.succeeded_at <= timezone.now()
    assert heartbeat.count == 2
    assert not heartbeat.failing()


def test_a_job_that_failed_keeps_its_last_success_and_names_the_kind_of_error(settings):
    run(KEYS)
    succeeded_at = Heartbeat.objects.get(job=KEYS).succeeded_at
    settings.KEY_SERVER_URL = "http://127.0.0.1:1"
    run(KEYS)
    heartbeat = Heartbeat.objects.get(job=KEYS)
    assert heartbeat.succeeded_at == succeeded_at
    assert heartbeat.failed_at > succeeded_at
    assert heartbeat.error == "Unwell"
    assert heartbeat.failing()


def test_a_job_that_works_again_is_no_longer_failing(settings):
    url = settings.KEY_SERVER_URL
    settings.KEY_SERVER_URL = "http://127.0.0.1:1"
    run(KEYS)
    settings.KEY_SERVER_URL = url
    run(KEYS)
    assert not Heartbeat.objects.get(job=KEYS).failing()


def test_a_slow_run_that_ends_after_a_newer_one_does_not_overwrite_it():
    slow_began = timezone.now() - timedelta(hours=1)
    quick_began = timezone.now()
    Heartbeat.objects.succeeded(STORES, started_at=quick_began, count=9)
    Heartbeat.objects.succeeded(STORES, started_at=slow_began, count=1)
    heartbeat = Heartbeat.objects.get(job=STORES)
    assert (heartbeat.count, heartbeat.started_at) == (9, quick_began)


def test_when_all_is_well_the_doctor_says_so_and_ends_with_zero():
    for job in SCHEDULE:
        run(job)
    code, lines = doctor()
    assert code == 0, lines
    assert set(lines) == {
        "database",
        "migrations",
        "valkey",
        "key server",
        "ready keys",
        "store ireland",
        "store paris",
        *(f"job {name}" for name in SCHEDULE),
    }


def test_the_doctor_names_a_job_that_never_ran():
    code, lines = doctor()
    assert code == 1
    assert lines[f"job {STORES}"].startswith("UNWELL")
    assert "has never run" in lines[f"job {STORES}"]


@pytest.mark.parametrize(
    ("job", "ago", "late"),
    [
        (STORES, timedelta(seconds=140), False),
        (STORES, timedelta(seconds=160), True),
        (SESSIONS, timedelta(hours=3), False),
        (SESSIONS, timedelta(hours=3, minutes=2), True),
    ],
)
def test_the_doctor_names_a_job_that_is_late(job, ago, late):
    for name in SCHEDULE:
        run(name)
    Heartbeat.objects.filter(job=job).update(succeeded_at=timezone.now() - ago)
    code, lines = doctor()
    assert code == int(late)
    assert ("late" in lines[f"job {job}"]) is late


def test_the_doctor_says_since_when_a_job_fails():
    for name in SCHEDULE:
        run(name)
    Heartbeat.objects.failed(STORES, error="Unwell")
    code, lines = doctor()
    assert code == 1
    assert "(Unwell)" in lines[f"job {STORES}"]
    assert "failed at" in lines[f"job {STORES}"]


def test_one_part_that_is_down_does_not_hide_the_others(settings):
    for job in SCHEDULE:
        run(job)
    settings.KEY_SERVER_TOKEN = "not-a-token"
    code, lines = doctor()
    assert code == 1
    assert [part for part, line in lines.items() if line.startswith("UNWELL")] == ["key server"]
    assert "not-a-token" not in lines["key server"]


def test_a_clock_that_starts_finds_every_job_due():
    clock = Clock(app=current_app._get_current_object(), lazy=True)
    clock.setup_schedule()
    entries = list(clock.schedule.values())
    assert {entry.name for entry in entries} == set(SCHEDULE)
    for entry in entries:
        assert isinstance(entry, DueAtStart)
        assert entry.is_due().is_due


def test_a_clock_that_goes_on_runs_every_job_again_and_again():
    sent = []

    class Ticking(Clock):
        def apply_async(self, entry, producer=None, advance=True, **more):
            sent.append(self.reserve(entry).name if advance else entry.name)

    clock = Ticking(app=current_app._get_current_object(), lazy=True)
    entry = Clock.Entry(name="often", task=STORES, schedule=schedule(timedelta(seconds=0.2)), app=clock.app)
    clock.data = {"often": entry}
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        clock.tick()
        time.sleep(0.05)
    assert len(sent) >= 4


def test_sessions_that_are_over_are_swept_in_batches_and_others_stay(client, monkeypatch):
    monkeypatch.setattr("accounts.jobs.BATCH_SIZE", 2)
    now = timezone.now()
    for number in range(5):
        Session.objects.create(session_key=f"over-{number}", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="alive", session_data="", expire_date=now + timedelta(hours=1))
    run(SESSIONS)
    assert list(Session.objects.values_list("pk", flat=True)) == ["alive"]
    assert Heartbeat.objects.get(job=SESSIONS).count == 5
    run(SESSIONS)
    assert Heartbeat.objects.get(job=SESSIONS).count == 0

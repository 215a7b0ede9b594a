"""The clock: every periodic job on one screen.

Celery only says *when*. What is to be done stands in the database, and each job sweeps what is due there, in short
batches that may run twice, at once, or stop half way. So a lost queue loses nothing, and the clock keeps no file of
its own: whenever it starts, every job is due once.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nozbe.settings")

from celery import Celery, Task
from celery.beat import ScheduleEntry, Scheduler
from celery.signals import beat_init, worker_init
from django.utils import timezone

SCHEDULE = {
    "accounts.jobs.end_expired_sessions": timedelta(hours=1),
    "nozbe.api.jobs.forget_old_answers": timedelta(hours=1),
    "accounts.jobs.forget_expired_tokens": timedelta(hours=1),
    "accounts.jobs.forget_old_invitations": timedelta(hours=1),
    "accounts.jobs.send_invitations": timedelta(seconds=5),
    "nozbe.audit.jobs.seal": timedelta(seconds=1),
    "nozbe.audit.jobs.checkpoint": timedelta(minutes=5),
    "nozbe.audit.jobs.compare": timedelta(minutes=5),
    "nozbe.audit.jobs.verify_all": timedelta(days=1),
    "nozbe.encryption.jobs.begin_epochs": timedelta(hours=6),
    "nozbe.encryption.jobs.destroy_keys": timedelta(seconds=30),
    "nozbe.encryption.jobs.keep_keys_ready": timedelta(seconds=30),
    "nozbe.encryption.jobs.snapshot_key_server": timedelta(hours=6),
    "nozbe.health.jobs.check_key_server": timedelta(seconds=30),
    "nozbe.health.jobs.check_object_stores": timedelta(seconds=30),
    "nozbe.sync.jobs.forget_old_cursors": timedelta(hours=1),
}
"""Job → how often. Everything that runs by itself is here."""


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Job(Task):  # type: ignore[type-arg]  # not generic when it runs
    """A job that leaves a heartbeat when it is on the schedule. Its return value is the count of what it did."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        started_at = timezone.now()
        count = super().__call__(*args, **kwargs)
        if self.name in SCHEDULE:
            from nozbe.models import Heartbeat

            Heartbeat.objects.succeeded(self.name, started_at=started_at, count=count)
        return count

    def on_failure(self, exc: BaseException, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        if self.name in SCHEDULE:
            from nozbe.models import Heartbeat

            Heartbeat.objects.failed(self.name, error=type(exc).__name__)


class DueAtStart(ScheduleEntry):
    """A schedule entry that was last run long ago, as far as a clock that has just started knows."""

    def __init__(self, *, last_run_at: datetime | None = None, **options: Any) -> None:
        # Not by `default_now`, which Celery also takes for the time it is.
        super().__init__(last_run_at=last_run_at or LONG_AGO, **options)


class Clock(Scheduler):
    Entry = DueAtStart


app = Celery("nozbe", task_cls=Job)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_scheduler = "nozbe.celery:Clock"
app.conf.beat_schedule = {
    name: {"task": name, "schedule": every, "options": {"expires": max(every.total_seconds(), 60)}}
    for name, every in SCHEDULE.items()
}
app.autodiscover_tasks(
    ["accounts", "nozbe.api", "nozbe.audit", "nozbe.encryption", "nozbe.health", "nozbe.sync"], related_name="jobs"
)


@worker_init.connect
@beat_init.connect
def refuse_to_start_when_misconfigured(**_signal: Any) -> None:
    from nozbe.checks import refuse_to_start_when_misconfigured as refuse

    refuse()

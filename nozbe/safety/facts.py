"""What the Safety page says. A fact without an answer says so and why; nothing here is ever filled in by hope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nozbe.models import Heartbeat


@dataclass(frozen=True)
class Fact:
    name: str
    """Stable, for machines."""

    question: str
    answer: str | None
    """None: not known."""

    at: datetime | None = None
    """When this was last seen to be true."""

    well: bool | None = None
    """True, False, or None when it is not known."""

    note: str = ""


NOT_MEASURED_YET = (
    ("last_backup", gettext_lazy("When was the last backup made?")),
    ("last_proven_restore", gettext_lazy("When was a backup last restored and checked?")),
    ("replica_lag", gettext_lazy("How far behind is each live copy?")),
    ("last_failover_drill", gettext_lazy("When was losing a data centre last rehearsed?")),
    ("access_log", gettext_lazy("Who has looked at my account?")),
)
"""Promised (P4, P6, P16) but not built yet, so there is nothing to report."""


def facts() -> Iterator[Fact]:
    """Every fact, known ones first; one query."""
    heartbeats = Heartbeat.objects.in_bulk()
    yield _places()
    yield _checked(
        "object_stores",
        _("Do the object stores keep and return what they are given?"),
        job="nozbe.health.jobs.check_object_stores",
        heartbeats=heartbeats,
    )
    yield _checked(
        "key_server",
        _("Does the key server answer?"),
        job="nozbe.health.jobs.check_key_server",
        heartbeats=heartbeats,
    )
    yield _checked(
        "record",
        _("Does the record of what happened fit what was signed and kept in the other country?"),
        job="nozbe.audit.jobs.compare",
        heartbeats=heartbeats,
    )
    for name, question in NOT_MEASURED_YET:
        yield Fact(name, str(question), None, note=_("Not known yet: this part of Nozbe is still being built."))


def _places() -> Fact:
    stores = ", ".join(f"{name} ({settings.STORE_COUNTRIES[name]})" for name in settings.STORES)
    answer = _("Database: %(database)s. Object stores: %(stores)s.") % {
        "database": settings.DATABASE_COUNTRY,
        "stores": stores,
    }
    note = _("As configured, and refused at start-up outside the European Economic Area.")
    return Fact("places", _("Where is the data?"), answer, well=True, note=note)


def _checked(name: str, question: str, *, job: str, heartbeats: dict[str, Heartbeat]) -> Fact:
    heartbeat = heartbeats.get(job)
    every: timedelta = current_app.conf.beat_schedule[job]["schedule"]
    if heartbeat is None:
        return Fact(name, question, None, note=_("Not checked yet."))
    if heartbeat.failing():
        answer = _("No: the last check failed.")
        return Fact(name, question, answer, at=heartbeat.failed_at, well=False)
    if heartbeat.late(every=every):
        return Fact(name, question, _("Not checked lately."), at=heartbeat.succeeded_at, well=False)
    return Fact(name, question, _("Yes."), at=heartbeat.succeeded_at, well=True)

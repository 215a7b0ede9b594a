"""Serve /metrics on an internal port, for Prometheus. Never put this port behind the public door."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from nozbe.models import Heartbeat


class HeartbeatCollector(Collector):
    """When each periodic job last succeeded and failed, read from the database at every scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        close_old_connections()
        succeeded = GaugeMetricFamily(
            "nozbe_job_succeeded_timestamp_seconds", "When a periodic job last succeeded.", labels=["job"]
        )
        failing = GaugeMetricFamily("nozbe_job_failing", "1 when the last run of a job failed.", labels=["job"])
        period = GaugeMetricFamily("nozbe_job_period_seconds", "How often a job is due.", labels=["job"])
        for name, entry in current_app.conf.beat_schedule.items():
            period.add_metric([name], entry["schedule"].total_seconds())
        database = GaugeMetricFamily("nozbe_database_up", "1 when the database answered this scrape.")
        try:
            heartbeats = list(Heartbeat.objects.all())
        except DatabaseError:
            heartbeats = []
            database.add_metric([], 0)
        else:
            database.add_metric([], 1)
        for heartbeat in heartbeats:
            failing.add_metric([heartbeat.job], float(heartbeat.failing()))
            if heartbeat.succeeded_at:
                succeeded.add_metric([heartbeat.job], heartbeat.succeeded_at.timestamp())
        yield from (database, succeeded, failing, period)


class Command(BaseCommand):
    help = "Serve /metrics on an internal port, for Prometheus."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        registry.register(HeartbeatCollector())
        start_http_server(options["port"], addr=options["host"], registry=registry)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})

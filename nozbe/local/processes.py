"""Our own processes: three sites, the event streams, the worker and its clock, the metrics."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from pathlib import Path

from nozbe.local.environments import POOLED, of_site, of_worker
from nozbe.local.ports import HOST
from nozbe.local.programs import Program
from nozbe.local.stack import PROJECT, Stack

WEB_WORKERS = {"web": 2, "backoffice": 1, "console": 1}
THREADS = 4
UPLOAD_THREADS = 16


def programs(stack: Stack, ports: dict[str, int]) -> list[Program]:
    return [
        _site(stack, ports, "web", title="Web site"),
        _site(stack, ports, "backoffice", title="Support panel"),
        _site(stack, ports, "console", title="Console"),
        _uploads(stack, ports),
        _events(stack, ports),
        _worker(stack, ports),
        _clock(stack, ports),
        _metrics(stack, ports),
    ]


def _site(stack: Stack, ports: dict[str, int], site: str, *, title: str) -> Program:
    return Program(
        name=site,
        title=title,
        group="sites",
        command=_granian(ports[site], workers=WEB_WORKERS[site], threads=THREADS),
        environment=of_site(stack, ports, site) | {"NOZBE_DATABASE_POOL": str(POOLED[site])},
        ready=lambda: _answers(ports[site], "/readyz"),
    )


def _uploads(stack: Stack, ports: dict[str, int]) -> Program:
    """The web site once more, for bodies that are too large for the door's buffers: each waits for its sender."""
    return Program(
        name="uploads",
        title="Uploads",
        group="sites",
        command=_granian(ports["uploads"], workers=1, threads=UPLOAD_THREADS),
        environment=of_site(stack, ports, "web") | {"NOZBE_DATABASE_POOL": str(POOLED["uploads"])},
        ready=lambda: _answers(ports["uploads"], "/readyz"),
    )


def _granian(port: int, *, workers: int, threads: int) -> list[str | Path]:
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface=wsgi",
        f"--host={HOST}",
        f"--port={port}",
        f"--workers={workers}",
        f"--blocking-threads={threads}",
        "--no-ws",
        "--respawn-failed-workers",
        "--workers-kill-timeout=5",
        f"--working-dir={PROJECT}",
        "nozbe.wsgi:application",
    ]


def _events(stack: Stack, ports: dict[str, int]) -> Program:
    return Program(
        name="events",
        title="Event streams",
        group="sites",
        command=[
            sys.executable,
            "-m",
            "uvicorn",
            f"--host={HOST}",
            f"--port={ports['events']}",
            "--no-access-log",
            "--timeout-graceful-shutdown=3",
            "nozbe.asgi:application",
        ],
        environment=of_site(stack, ports, "web"),
        ready=lambda: _answers(ports["events"], "/healthz"),
    )


def _worker(stack: Stack, ports: dict[str, int]) -> Program:
    return Program(
        name="worker",
        title="Worker",
        group="sites",
        command=[
            sys.executable,
            "-m",
            "celery",
            "--app=nozbe.celery",
            "worker",
            "--concurrency=2",
            "--loglevel=INFO",
            "--without-mingle",
        ],
        environment=of_worker(stack, ports),
        ready=lambda: True,  # its heartbeats say so, and `up` waits for those at the end
        stop_seconds=15,
    )


def _clock(stack: Stack, ports: dict[str, int]) -> Program:
    return Program(
        name="clock",
        title="Clock",
        group="sites",
        command=[sys.executable, "-m", "celery", "--app=nozbe.celery", "beat", "--loglevel=INFO", "--pidfile="],
        environment=of_site(stack, ports, "web"),
        ready=lambda: True,
    )


def _metrics(stack: Stack, ports: dict[str, int]) -> Program:
    return Program(
        name="metrics",
        title="Metrics",
        group="sites",
        command=[
            sys.executable,
            PROJECT / "manage.py",
            "serve_metrics",
            f"--host={HOST}",
            f"--port={ports['metrics']}",
        ],
        environment=of_site(stack, ports, "web"),
        ready=lambda: _answers(ports["metrics"], "/metrics"),
    )


def _answers(port: int, path: str) -> bool:
    try:
        urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=3).close()
    except (urllib.error.URLError, OSError):
        return False
    return True

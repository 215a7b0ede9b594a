"""The real servers of a test run: one set, started with the settings, shared by all workers, gone with the run.

pytest-xdist's workers are children and find the servers' addresses in the environment.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from nozbe.local import environments, openbao, postgresql, seaweedfs, secrets
from nozbe.local.conductor import Conductor
from nozbe.local.shell import leave_foreign_settings_behind
from nozbe.local.stack import Stack

FOLDER = "NOZBE_TEST_SERVERS"
DURABLE = "NOZBE_TEST_DURABLE"
"""Set for benchmarks: everything is synced to disk, as in production."""


def environment() -> dict[str, str]:
    """Settings of the web site against the run's servers; starts them when this is the run's first process."""
    if FOLDER not in os.environ:
        _start()
    test_stack = stack()
    settings = environments.read_file(test_stack, "web") | {"NOZBE_ENVIRONMENT": "test"}
    # Each worker has its own database of Valkey, so that one flushing doesn't touch the other.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = secrets.read(test_stack, "valkey-url").rsplit("/", 1)[0] + f"/{int(worker) % 16}"
    del settings["NOZBE_VALKEY_URL_FILE"]
    # And its own database, so its own checkpoints; `tests.conftest` makes the bucket.
    return settings | {"NOZBE_VALKEY_URL": url, "NOZBE_RECORD_BUCKET": f"{seaweedfs.RECORD_BUCKET}-{worker}"}


def stack() -> Stack:
    return Stack(var=Path(os.environ[FOLDER]), port=8000, durable=DURABLE in os.environ)


def ports() -> dict[str, int]:
    from nozbe.local.ports import read

    return read(stack())


def superuser(*, database: str = "postgres"):  # type: ignore[no-untyped-def]  # a psycopg connection, for tests
    return postgresql.connect_as_superuser(stack(), ports(), database=database)


def password_of(role: str) -> str:
    return secrets.read(stack(), f"{role}-password")


def worker_token() -> str:
    """Of the key server: tests have the web site's."""
    return secrets.read(stack(), openbao.TOKENS["worker"])


def make_record_bucket(name: str) -> str:
    """A bucket with object lock in the second store, which holds some fifteen buckets more than its own."""
    seaweedfs.client(stack(), ports(), seaweedfs.SECOND).create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="nozbe-tests-"))
    leave_foreign_settings_behind()
    os.environ[FOLDER] = str(folder)
    conductor = Conductor(stack(), out=sys.stderr)
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:
            conductor.stop()
            shutil.rmtree(folder, ignore_errors=True)

    stack().folder("static")
    atexit.register(stop)
    print("Starting the servers of this run", file=sys.stderr)
    conductor.start_engines(for_tests=True)

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import override_settings

from nozbe.audit.checkpointing import make_checkpoint
from nozbe.audit.checkpoints import Checkpoint
from nozbe.keyserver import forget_connections
from tests.audit.scratch import ScratchRecord, copy_of, empty
from tests.servers import make_record_bucket, worker_token

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@dataclass(frozen=True)
class Recorded:
    template: str
    bucket: str
    checkpoints: list[Checkpoint]


@pytest.fixture(scope="session")
def scratch(django_db_setup) -> Iterator[ScratchRecord]:
    with copy_of(connection.settings_dict["NAME"]) as record:
        yield record


@pytest.fixture
def empty_record(scratch) -> Iterator[ScratchRecord]:
    with scratch.in_use():
        empty(scratch)
        yield scratch


@pytest.fixture
def new_record(django_db_setup) -> Iterator[ScratchRecord]:
    """An empty one of which nothing is left afterwards, for tests that change its schema or are killed."""
    with copy_of(connection.settings_dict["NAME"]) as record, record.in_use():
        empty(record)
        yield record


@pytest.fixture(scope="session")
def recorded(django_db_setup) -> Iterator[Recorded]:
    """A record of twelve entries with a checkpoint after every fourth, and the bucket of those, which stays as it is:
    a store holds only so many buckets."""
    bucket = make_record_bucket(f"nozbe-recorded-{WORKER}")
    with copy_of(connection.settings_dict["NAME"]) as record:
        with record.in_use(), override_settings(RECORD_BUCKET=bucket, KEY_SERVER_TOKEN=worker_token()):
            forget_connections()
            empty(record)
            checkpoints = [make_checkpoint() for _ in range(3) if record.append_and_seal(4)]
        forget_connections()
        record.postgres.close()
        yield Recorded(record.name, bucket, checkpoints)


@pytest.fixture
def record(recorded, settings, as_the_worker) -> Iterator[ScratchRecord]:
    """Twelve entries and three checkpoints, to be damaged. Do not write to the bucket."""
    settings.RECORD_BUCKET = recorded.bucket
    with copy_of(recorded.template) as copy, copy.in_use():
        yield copy

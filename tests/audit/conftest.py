from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.audit.scratch import ScratchRecord, copy_of, empty


@pytest.fixture
def empty_record(django_db_setup) -> Iterator[ScratchRecord]:
    with copy_of(connection.settings_dict["NAME"]) as record, record.in_use():
        empty(record)
        yield record

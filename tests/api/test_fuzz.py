"""schemathesis over the description: no 5xx, no answer that is not described, bad input refused.

`make fuzz` does the same for longer.
"""

from __future__ import annotations

import copy
import os
import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from nozbe.api.schema import description
from nozbe.encryption.models import Keyring
from nozbe.wsgi import application
from tests.api.caller import Caller
from tests.cast import OWNER, the_team
from tests.keys import ready_keyring

load_all_checks()
EXAMPLES = int(os.environ.get("NOZBE_FUZZ_EXAMPLES", "10"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def what_is_described():
    """Without how one signs in: every request here is the owner's."""
    raw = copy.deepcopy(description())
    for operations in raw["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    del raw["paths"]["/api/v1/sync"]  # in transactions of its own, and this is all one: tests/sync/test_manners.py
    schema = schemathesis.openapi.from_dict(raw)
    schema.app = application
    return schema


schema = what_is_described()


@pytest.fixture
def world(db, settings):
    settings.API_RATES = {"caller": "1000000/min"}
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # as Django's own test client does: the connection is the test's
    for kind in Keyring.KINDS:
        for _ in range(EXAMPLES):
            ready_keyring(kind)
    yield the_team().pk, Caller(OWNER.account()).headers  # one token: a person may have a hundred
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_what_is_described_is_what_happens(case, world):
    team, headers = world
    if re.fullmatch(r"[0-9A-Za-z]{16}", case.path_parameters.get("team", "")):
        case.path_parameters["team"] = team
    case.call_and_validate(headers=headers, checks=CHECKS)

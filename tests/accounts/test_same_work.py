from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import OWNER

pytestmark = pytest.mark.django_db

NOBODY = "nobody@example.com"


def queries_of_reset(email: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        Client().post("/password/reset", {"email": email})
    return len([query for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_asking_for_a_new_password_takes_as_many_queries_for_a_known_as_for_an_unknown_address():
    OWNER.account()
    queries_of_reset(OWNER.email)  # whatever is done once only
    assert queries_of_reset(OWNER.email) == queries_of_reset(NOBODY) == 2

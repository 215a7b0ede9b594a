from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def test_no_write_pays_for_an_index_that_nobody_asks():
    """Django makes a second one on each column of text, for patterns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%pattern_ops%'")
        assert [name for (name,) in cursor.fetchall()] == []

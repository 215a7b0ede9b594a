"""The record's migrations can be taken back as long as nothing is on record."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError

from nozbe.audit.sealing import seal_all
from nozbe.audit.verification import verify
from tests.conftest import sign_in_to_database

pytestmark = pytest.mark.django_db(transaction=True)

SCHEMA = "SELECT count(*) FROM pg_namespace WHERE nspname = 'audit'"


@contextmanager
def as_migrations():
    sign_in_to_database("nz_migrate", assume="nz_owner")
    try:
        yield
    finally:
        sign_in_to_database("nz_app")


def test_an_new_record_goes_and_comes_back(new_record):
    with as_migrations():
        call_command("migrate", "audit", "zero", verbosity=0)
    assert new_record.column(SCHEMA) == [0]
    with as_migrations():
        call_command("migrate", "audit", verbosity=0)
    new_record.append(2)
    assert seal_all() == 2
    assert len(list(verify())) == 2


def test_a_record_with_an_entry_stays(new_record):
    new_record.append_and_seal(1)
    with as_migrations(), pytest.raises(DatabaseError, match="there are entries"):
        call_command("migrate", "audit", "zero", verbosity=0)
    assert new_record.column("SELECT count(*) FROM audit.event") == [1]
    # The functions are a migration of their own, and went back before; they can come again.
    with as_migrations():
        call_command("migrate", "audit", verbosity=0)
    new_record.append_and_seal(1)
    *_, head = verify()
    assert head.seq == 2
    with new_record.sign_in("nz_support") as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("SELECT count(*) FROM audit.event")

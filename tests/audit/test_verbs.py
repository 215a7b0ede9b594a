"""What an entry can say is a closed list, the same in Python and in the database."""

from __future__ import annotations

import pytest
from django.db import connection

from nozbe.audit.operations import AddVerbs
from nozbe.audit.verbs import Verb
from tests.audit.scratch import ScratchRecord

pytestmark = pytest.mark.django_db


def known_to(record: ScratchRecord) -> list[str]:
    return record.column("SELECT unnest(enum_range(NULL::audit.verb))::text")


def test_the_database_knows_the_verbs_of_the_code_and_no_others(new_record):
    assert known_to(new_record) == [verb.value for verb in Verb], "a new verb needs AddVerbs in a migration, and back"


def test_a_migration_of_another_app_adds_verbs_and_adding_them_again_is_fine(new_record):
    (forward,) = {AddVerbs("test.made", "test.gone").sql}
    with new_record.sign_in("nz_migrate", autocommit=False) as migration:
        for _ in range(2):
            migration.execute("SET ROLE nz_owner")
            migration.execute(forward)
            assert migration.execute("SELECT current_user").fetchone() == ("nz_owner",)
            migration.commit()
    assert known_to(new_record) == [*Verb, "test.made", "test.gone"]


def test_going_back_leaves_verbs_that_entries_may_say():
    operation = AddVerbs("test.made")
    with connection.schema_editor() as editor:
        operation.database_backwards("tests", editor, None, None)
    assert operation.reversible
    assert operation.deconstruct() == ("AddVerbs", ["test.made"], {})

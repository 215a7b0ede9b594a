"""The canonical line and the hash, computed apart in Python and in SQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nozbe.audit.chain import GENESIS, line, link
from nozbe.audit.verbs import Verb
from nozbe.models import ID_ALPHABET

pytestmark = pytest.mark.django_db

IDS = st.none() | st.text(alphabet=ID_ALPHABET, min_size=16, max_size=16)


def test_a_known_answer():
    """Computed with sha256sum, from 32 zero bytes and the line."""
    text = line(1, ["7", "1763910600123456", "nz_app", "Actor00000000001", None, "Account000000001", "key.made", None])
    assert text == "1|7|1763910600123456|nz_app|Actor00000000001||Account000000001|key.made|"
    assert link(GENESIS, text).hex() == "c772f2513cef534c938b77773252ebca6e28d4ec74a3f7719db1d2e46c5f32df"


def test_another_previous_hash_or_another_line_gives_another_hash():
    hashes = {link(GENESIS, "1|a"), link(GENESIS, "1|b"), link(bytes([1, *bytes(31)]), "1|a")}
    assert len(hashes) == 3


SQL = """
    SELECT audit.line(%(seq)s, e), sha256(%(previous)s || convert_to(audit.line(%(seq)s, e), 'UTF8'))
    FROM (SELECT ROW(%(id)s, %(at)s, '1'::xid8, 'nz_app', %(verb)s::audit.verb, %(actor)s::audit.identifier,
        %(team)s::audit.identifier, %(account)s::audit.identifier, %(object)s::audit.identifier)::audit.event AS e)
"""


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seq=st.integers(1, 2**63 - 1),
    id=st.integers(1, 2**63 - 1),
    previous=st.binary(min_size=32, max_size=32),
    at=st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    verb=st.sampled_from(list(Verb)),
    ids=st.tuples(IDS, IDS, IDS, IDS),
)
def test_the_database_and_we_compute_the_same(empty_record, seq, id, previous, at, verb, ids):
    actor, team, account, object = ids
    parameters = {"seq": seq, "id": id, "previous": previous, "at": at, "verb": verb}
    parameters |= {"actor": actor, "team": team, "account": account, "object": object}
    found = empty_record.postgres.execute(SQL, parameters).fetchone()
    microseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // (datetime.resolution)
    expected = line(seq, [str(id), str(microseconds), "nz_app", actor, team, account, verb, object])
    assert found == (expected, link(previous, expected))

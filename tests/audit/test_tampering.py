"""What a superuser does to the record is found, and by what: the chain, or the checkpoints in the other country."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command

from nozbe.audit.broken import CheckpointsDisagree, RecordBroken
from nozbe.audit.chain import GENESIS, line, link
from nozbe.audit.checkpointing import make_checkpoint
from nozbe.audit.comparison import compare_all, compare_recent
from nozbe.audit.verification import refuse_unsealed, verify
from tests.audit.scratch import ScratchRecord

pytestmark = pytest.mark.django_db


def chain() -> str | None:
    """What computing the chain anew finds."""
    try:
        refuse_unsealed()
        list(verify())
    except RecordBroken as broken:
        return str(broken)
    return None


def checkpoints() -> str | None:
    """What comparing with the second store finds first; all of it and the last two days say the same."""
    found = []
    for compare in (compare_recent, compare_all):
        try:
            compare()
            found.append(None)
        except CheckpointsDisagree as broken:
            found.append(broken.problems[0])
    assert found[0] == found[1]
    return found[0]


def compute_anew(record: ScratchRecord) -> None:
    """What a superuser does who read this repository: give every event the seal that fits, one after the other."""
    events = record.postgres.execute("""
        SELECT id::text, trunc(extract(epoch FROM at) * 1000000)::text, db_user,
            actor, team, account, verb::text, object
        FROM audit.event ORDER BY id
    """).fetchall()
    previous, seals = GENESIS, []
    for seq, fields in enumerate(events, start=1):
        previous = link(previous, line(seq, fields))
        seals.append(f"({seq}, {fields[0]}, '\\x{previous.hex()}')")
    record.tamper("TRUNCATE audit.seal", f"INSERT INTO audit.seal VALUES {', '.join(seals)}")


def sql(*statements: str) -> Callable[[ScratchRecord], None]:
    return lambda record: record.tamper(*statements)


def rewritten(*statements: str) -> Callable[[ScratchRecord], None]:
    def tamper(record: ScratchRecord) -> None:
        record.tamper(*statements)
        compute_anew(record)

    return tamper


DOES_NOT_FIT = "does not fit event"
IS_MISSING = "is missing"
IS_AHEAD = "is ahead of the database"
TELLS_OF_ANOTHER = "tells of another seal"

EDITS = {
    "the actor": "actor = 'Somebodyelse0001'",
    "no actor": "actor = NULL",
    "the team": "team = 'Somebodyelse0001'",
    "the account": "account = 'Somebodyelse0001'",
    "the object": "object = NULL",
    "actor and team swapped": "actor = team, team = actor",
    "the verb": "verb = 'key.destroyed'",
    "the time, by a microsecond": "at = at + interval '1 microsecond'",
    "the time, for ever": "at = 'infinity'",
    "who wrote it": "db_user = 'postgres'",
}
TAMPERING = {
    "deletes an entry": (sql("DELETE FROM audit.event WHERE id = 6"), "Event 6", None),
    "deletes an entry and its seal": (
        sql("DELETE FROM audit.event WHERE id = 6", "DELETE FROM audit.seal WHERE event = 6"),
        "Seal 6 is missing",
        None,
    ),
    "deletes an entry and closes the gap": (
        sql(
            "DELETE FROM audit.event WHERE id = 6",
            "DELETE FROM audit.seal WHERE event = 6",
            "UPDATE audit.seal SET seq = seq + 1000 WHERE seq > 6",
            "UPDATE audit.seal SET seq = seq - 1001 WHERE seq > 1000",
        ),
        DOES_NOT_FIT,
        TELLS_OF_ANOTHER,
    ),
    # "Seal 6 is missing", or, once the event is old enough, "Event 6 is committed, but the sealer passes it over".
    "deletes a seal": (sql("DELETE FROM audit.seal WHERE seq = 6"), " 6 is ", None),
    "edits a hash": (sql("UPDATE audit.seal SET hash = sha256('') WHERE seq = 6"), DOES_NOT_FIT, None),
    "swaps two entries": (
        sql(
            "UPDATE audit.seal SET event = -event WHERE seq IN (6, 7)",
            "UPDATE audit.seal SET event = 13 + event WHERE event < 0",
        ),
        DOES_NOT_FIT,
        None,
    ),
    "renames a verb": (sql("ALTER TYPE audit.verb RENAME VALUE 'key.made' TO 'key.kept'"), DOES_NOT_FIT, None),
    "cuts the tail": (
        sql("DELETE FROM audit.seal WHERE seq > 10", "DELETE FROM audit.event WHERE id > 10"),
        None,
        IS_AHEAD,
    ),
    "empties the record": (sql("TRUNCATE audit.event, audit.seal, audit.sealing"), None, IS_AHEAD),
    "edits an entry and has the sealer make the chain again": (
        sql("UPDATE audit.event SET actor = NULL WHERE id = 6", "TRUNCATE audit.seal, audit.sealing"),
        None,
        TELLS_OF_ANOTHER,
    ),
    "edits an entry and computes the chain anew": (
        rewritten("UPDATE audit.event SET actor = NULL WHERE id = 6"),
        None,
        TELLS_OF_ANOTHER,
    ),
    "deletes an entry and computes the chain anew": (
        rewritten("DELETE FROM audit.event WHERE id = 6"),
        None,
        TELLS_OF_ANOTHER,
    ),
    "puts one in between and computes the chain anew": (
        rewritten(
            "ALTER TABLE audit.event ALTER id DROP IDENTITY",
            "UPDATE audit.event SET id = id + 1000 WHERE id > 6",
            "INSERT INTO audit.event (id, verb) VALUES (7, 'key.made')",
        ),
        None,
        TELLS_OF_ANOTHER,
    ),
}
"""What is done → what the chain finds, what the checkpoints find."""


def test_an_untouched_record_is_in_order_and_a_further_checkpoint_would_be_signed(record, recorded):
    assert (chain(), checkpoints()) == (None, None)
    assert compare_recent() == compare_all() == 3
    *_, head = verify(recorded.checkpoints[-1].head)
    assert head == recorded.checkpoints[-1].head


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_and_nothing_is_signed_over_it(record, recorded, what):
    tamper, by_the_chain, by_the_checkpoints = TAMPERING[what]
    tamper(record)
    found = (chain(), checkpoints())
    for text, expected in zip(found, (by_the_chain, by_the_checkpoints), strict=True):
        assert (expected is None and text is None) or expected in text, found
    if by_the_checkpoints in (IS_AHEAD, TELLS_OF_ANOTHER):
        with pytest.raises(RecordBroken):
            make_checkpoint()
    # For people, all of it: a clear sentence and an exit code.
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_record", stdout=out, no_color=True)
    assert end.value.code == 1
    for text in found:
        assert text is None or text in out.getvalue() or (what == "deletes a seal" and " 6 is " in out.getvalue())


def test_an_edit_of_anything_is_found_by_its_numbers(record):
    for event, (what, edit) in zip(range(12, 0, -1), EDITS.items(), strict=False):
        record.tamper(f"UPDATE audit.event SET {edit} WHERE id = {event}")
        with pytest.raises(RecordBroken) as broken:
            list(verify(batch_size=2))
        assert (broken.value.seq, broken.value.event) == (event, event), what


def test_an_edit_before_the_last_checkpoint_is_not_seen_from_there_but_from_the_beginning(record, recorded):
    """Why the whole chain is computed anew every day."""
    record.tamper("UPDATE audit.event SET actor = NULL WHERE id = 6")
    assert list(verify(recorded.checkpoints[-1].head))
    with pytest.raises(RecordBroken):
        list(verify())


def test_nothing_is_signed_over_a_break_since_the_last_checkpoint(record, recorded):
    record.append_and_seal(2)
    record.tamper("UPDATE audit.event SET actor = NULL WHERE id = 14")
    with pytest.raises(RecordBroken, match="does not fit"):
        make_checkpoint()
    assert compare_recent() == 3


def test_the_command_says_that_all_is_well(record):
    out = io.StringIO()
    call_command("verify_record", stdout=out, no_color=True)
    assert "12 entries are right" in out.getvalue()
    assert "3 checkpoints agree and are signed by us" in out.getvalue()

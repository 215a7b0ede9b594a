"""The sealer chains what was committed: all of it, each entry once, whatever came first."""

from __future__ import annotations

import io
import time

import psycopg
import pytest
from django.core.management import call_command

from nozbe.audit import jobs, verification
from nozbe.audit.broken import RecordBroken
from nozbe.audit.chain import Head
from nozbe.audit.sealing import ChainHeld, seal_all
from nozbe.audit.verification import refuse_unsealed, verify
from tests.audit.scratch import ScratchRecord

pytestmark = pytest.mark.django_db

APPEND = "SELECT audit.append('key.made', NULL, NULL, NULL, NULL)"
AT_ONCE = "SELECT audit.append_at_once('key.made', NULL, NULL, NULL, NULL)"


def append(session: psycopg.Connection, statement: str = APPEND) -> int:
    return session.execute(statement).fetchone()[0]


def chained(record: ScratchRecord) -> list[int]:
    """Ids of events in the order of the chain, which verifies."""
    events = record.column("SELECT event FROM audit.seal ORDER BY seq")
    *_, head = verify()
    assert head.seq == len(events)
    return events


def test_an_empty_record_is_in_order_and_sealing_nothing_is_fine(empty_record):
    assert [seal_all(), seal_all()] == [0, 0]
    assert list(verify()) == [Head()]


def test_a_quiet_record_is_not_written_to(empty_record):
    empty_record.append_and_seal(3)
    before = empty_record.everything()
    assert [seal_all() for _ in range(3)] == [0, 0, 0]
    assert empty_record.everything() == before


def test_an_entry_that_is_committed_later_than_a_higher_one_is_chained_later(empty_record):
    with empty_record.sign_in(autocommit=False) as late, empty_record.sign_in() as other:
        first = append(late)
        second = append(other)
        assert [seal_all(), seal_all()] == [1, 0]
        late.commit()
        third = append(other)
        assert seal_all() == 2
        assert chained(empty_record) == [second, first, third]


def test_a_transaction_may_be_long_and_others_come_and_go(empty_record):
    with empty_record.sign_in(autocommit=False) as long, empty_record.sign_in() as other:
        kept = [append(long)]
        for _ in range(5):
            append(other)
            seal_all()
            kept.append(append(long))
        assert len(chained(empty_record)) == 5
        long.commit()
        assert seal_all() == 6
        assert chained(empty_record)[5:] == kept


def test_an_entry_of_a_savepoint_belongs_to_the_whole_transaction(empty_record):
    with empty_record.sign_in(autocommit=False) as session:
        session.execute("SAVEPOINT one")
        undone = append(session)
        session.execute("ROLLBACK TO one")
        session.execute("SAVEPOINT two")
        kept = append(session)
        session.execute("RELEASE two")
        assert seal_all() == 0
        session.commit()
    assert seal_all() == 1
    assert undone not in chained(empty_record)
    assert chained(empty_record) == [kept]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 7])
def test_small_batches_chain_the_same_as_one(empty_record, count):
    with empty_record.sign_in(autocommit=False) as late:
        first = append(late)
        empty_record.append(count)
        assert seal_all(batch_size=3) == count
        late.commit()
    assert seal_all(batch_size=3) == 1
    assert chained(empty_record) == [*range(first + 1, first + 1 + count), first]


def test_a_batch_that_was_not_the_last_is_gone_on_with(empty_record):
    empty_record.append(5)
    with empty_record.sign_in() as session:
        one_batch = "SELECT audit.seal_pending(2)"
        assert [session.execute(one_batch).fetchone()[0] for _ in range(2)] == [2, 2]
    empty_record.append(1)
    assert seal_all() == 2
    assert chained(empty_record) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("everything", ["", ", true", ", NULL"])
@pytest.mark.parametrize("at_most", ["-1", "0", "NULL", "100001", "2147483647", "-2147483648"])
def test_a_batch_of_a_size_that_makes_no_sense_is_refused_and_passes_nothing_over(empty_record, at_most, everything):
    empty_record.append(2)
    before = empty_record.everything()
    with empty_record.sign_in() as session, pytest.raises(psycopg.errors.InvalidParameterValue):
        session.execute(f"SELECT audit.seal_pending({at_most}{everything})")
    assert empty_record.everything() == before
    assert seal_all() == 2
    assert chained(empty_record) == [1, 2]


@pytest.mark.parametrize("at_most", ["1", "100000", "1, true", "100000, true"])
def test_the_smallest_and_the_largest_batch_are_taken(empty_record, at_most):
    empty_record.append(2)
    with empty_record.sign_in() as session:
        session.execute(f"SELECT audit.seal_pending({at_most})")
    seal_all()
    assert chained(empty_record) == [1, 2]


def test_what_is_chained_at_once_is_not_chained_again(empty_record):
    with empty_record.sign_in() as session:
        events = [append(session), append(session, AT_ONCE), append(session), append(session, AT_ONCE)]
    assert chained(empty_record) == [events[1], events[3]]
    assert seal_all() == 2
    assert chained(empty_record) == [events[1], events[3], events[0], events[2]]


def test_a_transaction_that_seals_and_then_appends_again_loses_nothing(empty_record):
    with empty_record.sign_in(autocommit=False) as session, empty_record.sign_in() as other:
        first = append(session)
        append(other)  # so that a snapshot may see transactions behind ours
        assert session.execute("SELECT audit.seal_pending(10)").fetchone() == (1,)
        second = append(session)
        session.commit()
    assert seal_all() == 2
    assert chained(empty_record)[1:] == [first, second]


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("statement", [AT_ONCE, "SELECT audit.seal_pending(10)"])
def test_the_chain_is_not_added_to_with_an_old_view_of_it(empty_record, isolation, statement):
    empty_record.append(1)
    with empty_record.sign_in(autocommit=False) as session:
        session.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        with pytest.raises(psycopg.errors.ActiveSqlTransaction):
            session.execute(statement)
    assert chained(empty_record) == []


def as_from_another_cluster(record: ScratchRecord) -> None:
    """What a dump brings along: numbers of transactions that the new cluster has not come to."""
    record.tamper(
        "UPDATE audit.event SET xid = (xid::text::bigint + 1000000000)::text::xid8",
        "UPDATE audit.sealing SET cluster = 1, snapshot = '1000000000:1000009000:1000000000'",
    )


def test_in_another_cluster_everything_without_a_seal_is_found_and_chaining_goes_on(empty_record):
    empty_record.append_and_seal(2)
    empty_record.append(2)
    as_from_another_cluster(empty_record)
    empty_record.append(1)
    assert seal_all(batch_size=2) == 3
    empty_record.append(1)
    assert [seal_all(), seal_all()] == [1, 0]
    assert chained(empty_record) == [1, 2, 3, 4, 5, 6]
    refuse_unsealed()


def test_a_sealer_that_was_made_to_pass_entries_over_is_found_out_and_can_be_told_to_look_at_all(empty_record):
    empty_record.append_and_seal(2)
    empty_record.tamper("UPDATE audit.sealing SET snapshot = '900000000000:900000000000:'")
    empty_record.append(1)
    empty_record.tamper("UPDATE audit.event SET at = now() - interval '2 minutes' WHERE id = 3")
    with pytest.raises(RecordBroken, match="passes it over") as broken:
        refuse_unsealed()
    assert broken.value.event == 3
    with empty_record.sign_in() as session:
        session.execute("SELECT audit.seal_pending(100, true)")
    refuse_unsealed()
    assert chained(empty_record) == [1, 2, 3]


def test_whoever_holds_the_chain_does_not_hold_the_sealer(empty_record, monkeypatch):
    """Its job is due every second, and two that wait would be all that the worker can do."""
    monkeypatch.setattr(verification, "PATIENT_MS", 200)
    out = io.StringIO()
    with empty_record.sign_in("nz_support", autocommit=False) as holder:
        holder.execute("SET idle_in_transaction_session_timeout = '5s'")  # should a sealer wait after all
        append(holder, AT_ONCE)
        empty_record.append(1)
        began = time.monotonic()
        with pytest.raises(ChainHeld):
            jobs.seal()
        assert 0.5 < time.monotonic() - began < 1.5
        with pytest.raises(ChainHeld):
            refuse_unsealed()
        with pytest.raises(SystemExit):
            call_command("verify_record", stdout=out, no_color=True)
        assert "The record could not be verified. Somebody holds the lock" in out.getvalue()
        holder.commit()
    assert seal_all() == 1
    assert chained(empty_record) == [1, 2]


@pytest.mark.parametrize("role", ["nz_support", "nz_console"])
def test_a_panel_that_hangs_in_a_transaction_lets_go_of_the_chain(empty_record, role):
    with empty_record.sign_in(role) as session:
        assert session.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("10s",)


def test_what_one_look_leaves_out_and_the_next_does_not_is_no_alarm(empty_record, monkeypatch):
    """Two long transactions, one ending after each time the sealer looked: never the same event twice."""
    monkeypatch.setattr(verification, "GRACE_SECONDS", 0)
    with empty_record.sign_in(autocommit=False) as one, empty_record.sign_in(autocommit=False) as other:
        append(one)
        append(other)
        ending = [one, other]

        def seal_then_end_one(**options: int) -> int:
            sealed = seal_all()
            if ending:
                ending.pop(0).commit()
            return sealed

        monkeypatch.setattr(verification, "seal_all", seal_then_end_one)
        refuse_unsealed()
    assert not ending
    seal_all()
    assert chained(empty_record) == [1, 2]


def test_an_entry_left_out_for_good_is_found_behind_any_number_that_were_only_late(empty_record, monkeypatch):
    monkeypatch.setattr(verification, "GRACE_SECONDS", 0)
    seal_all()
    with empty_record.sign_in(autocommit=False) as late:
        for _ in range(5):
            append(late)
        empty_record.postgres.execute(
            "INSERT INTO audit.event (id, xid, verb) OVERRIDING SYSTEM VALUE VALUES (6, '3', 'key.made')"
        )

        def seal_then_end(**options: int) -> int:
            sealed = seal_all()
            late.commit()
            return sealed

        monkeypatch.setattr(verification, "seal_all", seal_then_end)
        with pytest.raises(RecordBroken, match="passes it over") as broken:
            refuse_unsealed(batch_size=2)
    assert broken.value.event == 6

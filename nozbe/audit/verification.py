"""Computes the chain anew from what stands in the tables.

It finds what was changed, removed or put in between behind an existing end. A whole chain that was computed anew, and a
tail that was cut off, only the checkpoints find (`nozbe.audit.comparison`).
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from nozbe.audit.broken import RecordBroken
from nozbe.audit.chain import Head, line, link
from nozbe.audit.connection import own_connection
from nozbe.audit.sealing import seal_all

BATCH_SIZE = 5000
GRACE_SECONDS = 60
"""How long an event may be without a seal before anybody wonders; transactions are much shorter."""
PATIENT_MS = 30_000
"""How long to wait for the lock of the chain: who comes once a day need not give up as fast as the sealer."""
BEFORE_ALL = -(2**63)

SEALS = """
    SELECT s.seq, s.event, s.hash, e.id IS NULL,
        ARRAY[s.event::text, trunc(extract(epoch FROM e.at) * 1000000)::text, e.db_user,
              e.actor, e.team, e.account, e.verb::text, e.object]
    FROM audit.seal s LEFT JOIN audit.event e ON e.id = s.event
    WHERE s.seq > %s ORDER BY s.seq LIMIT %s
"""
UNSEALED = """
    SELECT e.id FROM audit.event e
    WHERE e.id > %s AND e.at < now() - make_interval(secs => %s)
    AND NOT EXISTS (SELECT FROM audit.seal s WHERE s.event = e.id)
    ORDER BY e.id LIMIT %s
"""
STILL_UNSEALED = """
    SELECT min(e.id) FROM audit.event e
    WHERE e.id = ANY(%s) AND NOT EXISTS (SELECT FROM audit.seal s WHERE s.event = e.id)
"""


def verify(start: Head | None = None, *, batch_size: int = BATCH_SIZE) -> Iterator[Head]:
    """Yield how far all is well, at the beginning and after each batch; the last one is the record's head.

    `start` is a place to begin at that is known to be right, such as a checkpoint's. Batches are statements of their
    own: what is only ever added to needs no snapshot, and a long one would keep PostgreSQL from cleaning up.
    Raises RecordBroken for the first seal or event that is wrong.
    """
    head = start or Head()
    with own_connection() as own:
        _refuse_other_start(own, head)
        yield head
        while rows := own.execute(SEALS, [head.seq, batch_size]).fetchall():
            for seq, event, seal, is_missing, fields in rows:
                if seq != head.seq + 1:
                    raise RecordBroken(f"Seal {head.seq + 1} is missing.", seq=head.seq + 1)
                if is_missing:
                    raise RecordBroken(f"Event {event}, which seal {seq} is for, is missing.", seq=seq, event=event)
                head = Head(seq, link(head.hash, line(seq, fields)))
                if seal != head.hash:
                    raise RecordBroken(
                        f"Seal {seq} does not fit event {event}: one of them was changed.", seq=seq, event=event
                    )
            yield head


def refuse_unsealed(*, batch_size: int = BATCH_SIZE) -> None:
    """Seal what is pending; raise RecordBroken when a committed event older than the grace period is left out.

    That is one which two rounds of the sealer left out: before only one, its transaction may have been still open.
    Raises ChainHeld when the sealer does not get its turn.
    """
    seal_all(wait_ms=PATIENT_MS)
    after = BEFORE_ALL
    with own_connection() as own:
        while rows := own.execute(UNSEALED, [after, GRACE_SECONDS, batch_size]).fetchall():
            suspects = [event for (event,) in rows]
            seal_all(wait_ms=PATIENT_MS)
            row = own.execute(STILL_UNSEALED, [suspects]).fetchone()
            if row and row[0] is not None:
                raise RecordBroken(f"Event {row[0]} is committed, but the sealer passes it over.", event=row[0])
            after = suspects[-1]


def _refuse_other_start(own: psycopg.Connection, start: Head) -> None:
    if start.seq == 0:
        return
    row = own.execute("SELECT hash FROM audit.seal WHERE seq = %s", [start.seq]).fetchone()
    if row is None:
        raise RecordBroken(f"Seal {start.seq}, of which there is a checkpoint, is missing.", seq=start.seq)
    if row[0] != start.hash:
        raise RecordBroken(f"Seal {start.seq} is not the one that its checkpoint tells of.", seq=start.seq)

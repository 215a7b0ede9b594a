"""Twenty writers at once, a third of their transactions undone, processes killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nozbe.audit.sealing import seal_all
from nozbe.audit.verification import refuse_unsealed, verify

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).resolve().parent.parent.parent
KINDS = ["write"] * 4 + ["seal"] * 2  # a writer has five threads


class Runner:
    """A process that is killed, never stopped."""

    def __init__(self, file: Path) -> None:
        self.file = file
        _number, self.kind, pid = file.name.split("-")
        self.pid = int(pid)
        self.lives = True

    def lines(self) -> list[str]:
        """All but one that the kill may have cut short."""
        return self.file.read_text().split("\n")[:-1]

    def go_on(self, lines: int = 10) -> None:
        wanted = len(self.lines()) + lines
        wait_until(lambda: os.kill(self.pid, 0) or len(self.lines()) >= wanted)  # raises when it ended by itself

    def kill(self) -> None:
        if self.lives:
            os.kill(self.pid, signal.SIGKILL)  # a child of the starter, which reaps it
            self.lives = False


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def runners(new_record, tmp_path):
    words = [sys.executable, "-m", "tests.audit.writer", new_record.name, tmp_path, *KINDS]
    with subprocess.Popen(words, cwd=PROJECT, start_new_session=True) as starter:
        wait_until(lambda: starter.poll() is not None or len(list(tmp_path.iterdir())) == len(KINDS))
        runners = [Runner(file) for file in sorted(tmp_path.iterdir())]
        yield runners
        for runner in runners:
            runner.kill()


def test_every_committed_change_has_its_entry_and_the_chain_verifies_whoever_is_killed(runners, new_record):
    writers = [runner for runner in runners if runner.kind == "write"]
    sealers = [runner for runner in runners if runner.kind == "seal"]
    for runner in runners:
        runner.go_on()
    for victim in (sealers[0], writers[0], writers[1]):
        victim.kill()
        writers[3].go_on()
    sealed_meanwhile = sealers[1].lines()
    for runner in (sealers[1], writers[2], writers[3]):
        runner.kill()

    # A killed client's last transaction may still be ending in the server.
    ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    wait_until(lambda: new_record.column(ours) == [0])
    seal_all()
    refuse_unsealed()

    acknowledged = {line for runner in writers for line in runner.lines()}
    changed = new_record.column("SELECT job FROM nozbe_heartbeat WHERE length(job) = 16 AND count = 0")
    recorded = new_record.column("SELECT object FROM audit.event")
    assert len(acknowledged) > 50
    assert any(int(line) for line in sealed_meanwhile), "nothing was chained while they wrote"
    assert sorted(recorded) == sorted(changed), "an entry for each committed change, and no other"
    assert acknowledged <= set(changed)
    assert new_record.column("SELECT count(*) FROM nozbe_heartbeat WHERE count = 1") == [0]
    *_, head = verify()
    assert head.seq == len(recorded)

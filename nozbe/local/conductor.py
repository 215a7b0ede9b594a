"""Starts a stack in order, waits on real answers, and says how far it is.

1. Take the folder's lock, end leftovers, make up what is missing: secrets, ports, configuration.
2. Start the engines, all at once; prepare each as soon as it answers.
3. Start the sites, then the door in front of them.
4. Ask the doctor until all is well.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TextIO

from nozbe.local import (
    environments,
    haproxy,
    leftovers,
    openbao,
    ports,
    postgresql,
    processes,
    seaweedfs,
    secrets,
    valkey,
)
from nozbe.local.lock import StackLock
from nozbe.local.programs import Program, supervisor_configuration
from nozbe.local.stack import MARK, PROJECT, CannotStart, Stack, inherited_environment
from nozbe.local.supervisor import Supervisor

START_SECONDS = 60
DOCTOR_SECONDS = 60
WATCH_SECONDS = 5
POLL_SECONDS = 0.05


class GivenUp(Exception):
    """Somebody wants the stack to stop, or another step has failed."""


class Conductor:
    def __init__(self, stack: Stack, *, out: TextIO) -> None:
        self.stack = stack
        self.out = out
        self.began = time.monotonic()
        self.supervisor: Supervisor | None = None
        self.ports: dict[str, int] = {}
        self.giving_up = False
        """Set by a signal's handler or a failed step; looked at wherever something is waited for. A signal raises
        nothing, because Python loses what is raised in the wrong place, such as a destructor."""

    def start_engines(self, *, for_tests: bool = False) -> None:
        """Everything up to prepared engines. Raises CannotStart; the caller then calls `stop`."""
        self.lay_out(with_sites=not for_tests)
        engines = [program for program in self.programs if program.group == "engines"]
        for program in engines:
            self.started(program)
        with ThreadPoolExecutor(max_workers=8) as pool:
            steps = [
                pool.submit(self._prepare_postgresql, for_tests=for_tests),
                pool.submit(self._prepare_openbao),
                pool.submit(self._wait, self.program("valkey")),
                *(pool.submit(self._prepare_store, store) for store in seaweedfs.COUNTRIES),
            ]
            self._finish(steps)

    def start_sites(self) -> None:
        sites = [program for program in self.programs if program.group == "sites"]
        shutil.rmtree(self.stack.path("metrics"), ignore_errors=True)  # counters of processes that are gone
        self.stack.folder("metrics")
        for program in sites:
            self.started(program)
        with ThreadPoolExecutor(max_workers=8) as pool:
            waits = [pool.submit(self._wait, program) for program in sites]
            self._finish([pool.submit(self._seed_people), *waits])
        # The front door last: who finds it open finds everybody there.
        self.start_and_wait("haproxy")
        self._manage("web", "doctor", "--quiet", f"--wait={DOCTOR_SECONDS}")
        self.say("Doctor", "all well")

    def lay_out(self, *, with_sites: bool) -> None:
        stack = self.stack
        stack.make_var()
        self.lock = StackLock(stack)
        self.lock.take()
        if ended := leftovers.end_leftovers(stack):
            self.say("Leftovers", f"{ended} processes of an earlier run ended")
        self.block = ports.PortBlock(stack)
        if with_sites:
            self.block.take_public()
        secrets.make_up(stack)
        self.ports = self.block.take()
        environments.write_files(stack, self.ports)
        engines = [
            postgresql.program(stack, self.ports),
            valkey.program(stack, self.ports),
            openbao.program(stack, self.ports),
            *(seaweedfs.program(stack, self.ports, store) for store in seaweedfs.COUNTRIES),
        ]
        sites = [*processes.programs(stack, self.ports), haproxy.program(stack, self.ports)] if with_sites else []
        self.programs: Sequence[Program] = [*engines, *sites]
        secrets.write(stack.path("config", "supervisord.conf"), supervisor_configuration(stack, self.programs))
        self.supervisor = Supervisor(stack)
        self.supervisor.launch()

    def start_and_wait(self, name: str) -> None:
        """Start one program of a stack that was laid out."""
        self.started(self.program(name))
        self._wait(self.program(name))

    def stop(self) -> None:
        if self.supervisor is not None:
            self.supervisor.shut_down()
            leftovers.end_leftovers(self.stack)
            shutil.rmtree(self.stack.runtime_folder(), ignore_errors=True)

    def watch(self) -> None:
        """Return when supervisord ends by itself; until then say which program it gave up on."""
        assert self.supervisor is not None and self.supervisor.process is not None  # only called after a start
        reported: set[str] = set()
        looked_at = time.monotonic()
        while self.supervisor.process.poll() is None:
            self._go_on()
            time.sleep(POLL_SECONDS)
            if time.monotonic() - looked_at > WATCH_SECONDS:
                looked_at = time.monotonic()
                self._report_given_up(reported)

    def _report_given_up(self, reported: set[str]) -> None:
        assert self.supervisor is not None  # only called while it runs
        for program in self.programs:
            if program.name not in reported and self.supervisor.state(program.full_name) == "FATAL":
                reported.add(program.name)
                self.say(program.title, f"keeps ending. {self._end_of_log(program.name)}")

    def program(self, name: str) -> Program:
        return next(program for program in self.programs if program.name == name)

    def say(self, title: str, text: str) -> None:
        seconds = time.monotonic() - self.began
        print(f"  {seconds:5.1f} s  {title:<16} {text}", file=self.out, flush=True)

    def started(self, program: Program) -> None:
        assert self.supervisor is not None  # launched before anything is started
        self.supervisor.start(program.full_name)

    def _prepare_postgresql(self, *, for_tests: bool) -> None:
        self._wait(self.program("postgresql"))
        postgresql.bootstrap_roles(self.stack, self.ports, for_tests=for_tests)
        if not for_tests:
            credentials = f"--credentials={self.stack.path('credentials.json')}"
            self._manage("migrate", "prepare_local", credentials)
            self.say("PostgreSQL", "roles and tables are right")

    def _seed_people(self) -> None:
        """While the worker makes the keys that people need: the command waits for them."""
        self._manage("web", "seed", "--people", f"--credentials={self.stack.path('credentials.json')}")
        self.say("Example people", "are there")

    def _prepare_openbao(self) -> None:
        self._wait(self.program("openbao"))
        openbao.prepare(self.stack, self.ports)

    def _prepare_store(self, store: str) -> None:
        self._wait(self.program(store))
        seaweedfs.prepare(self.stack, self.ports, store)

    def _finish(self, steps: Sequence[Future[None]]) -> None:
        """Wait for all; at the first failure, or when we give up, let the others give up too and raise."""
        pending: set[Future[None]] = set(steps)
        while pending and not self.giving_up:
            done, pending = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_EXCEPTION)
            for step in done:
                if failure := step.exception():
                    self.giving_up = True
                    raise failure
        self._go_on()

    def _go_on(self) -> None:
        if self.giving_up:
            raise GivenUp

    def _wait(self, program: Program) -> None:
        """Until it answers. Raises CannotStart with the end of its log when it gives up or takes too long."""
        assert self.supervisor is not None  # launched before anything is waited for
        deadline = time.monotonic() + START_SECONDS
        while not (self.supervisor.state(program.full_name) in ("STARTING", "RUNNING") and program.ready()):
            self._go_on()
            if self.supervisor.state(program.full_name) == "FATAL" or time.monotonic() > deadline:
                raise CannotStart(f"{program.title} did not start. {self._end_of_log(program.name)}")
            time.sleep(0.05)
        self.say(program.title, "ready")

    def _end_of_log(self, name: str) -> str:
        path = self.stack.path("logs", f"{name}.log")
        lines = path.read_text(errors="replace").splitlines()[-15:] if path.exists() else []
        return "\n".join([f"The end of {path}:", *lines])

    def _manage(self, site: str, *words: str) -> None:
        """Run a command as the site it belongs to. Raises CannotStart with what it said when it fails."""
        with tempfile.TemporaryFile("w+") as output:
            command = subprocess.Popen(  # noqa: S603 — our own words
                [sys.executable, str(PROJECT / "manage.py"), *words],
                env=command_environment(self.stack, site),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            while command.poll() is None:
                if self.giving_up:
                    command.terminate()
                    command.wait()
                time.sleep(POLL_SECONDS)
            self._go_on()
            if command.returncode:
                output.seek(0)
                raise CannotStart(f"manage.py {words[0]} failed:\n{output.read().strip()}")


def command_environment(stack: Stack, site: str) -> dict[str, str]:
    """What a command needs: the site's settings, and of ours only what finds programs and languages."""
    return inherited_environment() | {MARK: str(stack.var)} | environments.read_file(stack, site)

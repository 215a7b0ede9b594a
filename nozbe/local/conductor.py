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
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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


class Conductor:
    def __init__(self, stack: Stack, *, out: TextIO) -> None:
        self.stack = stack
        self.out = out
        self.began = time.monotonic()
        self.supervisor: Supervisor | None = None
        self.ports: dict[str, int] = {}

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
            if not for_tests:
                steps.append(pool.submit(self._manage, "web", "collectstatic", "--noinput", "--verbosity=0"))
            _finish(steps)

    def start_sites(self) -> None:
        sites = [program for program in self.programs if program.group == "sites"]
        shutil.rmtree(self.stack.path("metrics"), ignore_errors=True)  # counters of processes that are gone
        self.stack.folder("metrics")
        for program in [*sites, self.program("haproxy")]:
            self.started(program)
        with ThreadPoolExecutor(max_workers=8) as pool:
            _finish([pool.submit(self._wait, program) for program in [*sites, self.program("haproxy")]])
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
        given_up: set[str] = set()
        while True:
            try:
                self.supervisor.process.wait(timeout=WATCH_SECONDS)
            except subprocess.TimeoutExpired:
                for program in self.programs:
                    if program.name not in given_up and self.supervisor.state(program.full_name) == "FATAL":
                        given_up.add(program.name)
                        self.say(program.title, f"keeps ending. {self._end_of_log(program.name)}")
            else:
                return

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
            self._manage("migrate", "migrate", "--verbosity=0")
            self.say("PostgreSQL", "roles and tables are right")
            credentials = f"--credentials={self.stack.path('credentials.json')}"
            self._manage("migrate", "seed", "--staff", credentials)
            self._manage("web", "seed", "--people", credentials)
            self.say("PostgreSQL", "example people are there")

    def _prepare_openbao(self) -> None:
        self._wait(self.program("openbao"))
        openbao.prepare(self.stack, self.ports)

    def _prepare_store(self, store: str) -> None:
        self._wait(self.program(store))
        seaweedfs.prepare(self.stack, self.ports, store)

    def _wait(self, program: Program) -> None:
        """Until it answers. Raises CannotStart with the end of its log when it gives up or takes too long."""
        assert self.supervisor is not None  # launched before anything is waited for
        deadline = time.monotonic() + START_SECONDS
        while not (self.supervisor.state(program.full_name) in ("STARTING", "RUNNING") and program.ready()):
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
        answer = subprocess.run(  # noqa: S603 — our own words
            [sys.executable, str(PROJECT / "manage.py"), *words],
            env=command_environment(self.stack, site),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            check=False,
        )
        if answer.returncode:
            raise CannotStart(f"manage.py {words[0]} failed:\n{answer.stdout.strip()}")


def command_environment(stack: Stack, site: str) -> dict[str, str]:
    """What a command needs: the site's settings, and of ours only what finds programs and languages."""
    return inherited_environment() | {MARK: str(stack.var)} | environments.read_file(stack, site)


def _finish(steps: Sequence[Future[None]]) -> None:
    """Wait for all; raise the first failure without waiting for the rest to time out."""
    failure: BaseException | None = None
    for step in steps:
        failure = failure or step.exception()
    if failure:
        raise failure

"""A whole product started as a person starts it: `make up` in a process of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self
from xmlrpc.client import ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from nozbe.local.ports import is_free
from nozbe.local.stack import MARK, PROJECT, Stack

READY = "Nozbe is ready."
WATCHDOG = """
import os, signal, sys
sys.stdin.read()  # ends when the test run does, however it ends
try:
    os.killpg(int(sys.argv[1]), signal.SIGKILL)
except ProcessLookupError:
    pass
"""
START_SECONDS = 120
SYSTEM_RANDOM = random.SystemRandom()
"""The other one is seeded before each test: both workers of a run draw the same numbers from it."""


@contextmanager
def ordinary_user() -> Iterator[list[str]]:
    """The words to put before a command so that an ordinary user runs it.

    When the tests run as root: one user namespace, in which we are user 1000 without any right of root's.
    """
    if os.getuid():
        yield []
        return
    namespace = subprocess.Popen(["unshare", "--user", "--map-user=1000", "--map-group=1000", "sleep", "infinity"])
    try:
        while Path(f"/proc/{namespace.pid}/uid_map").read_text().split()[:1] != ["1000"]:
            time.sleep(0.01)
        yield ["nsenter", f"--target={namespace.pid}", "--user", "--preserve-credentials"]
    finally:
        namespace.kill()
        namespace.wait()


def three_free_ports() -> int:
    while True:
        port = SYSTEM_RANDOM.randrange(10000, 19990, 10)
        if all(is_free(port + offset) for offset in range(3)):
            return port


class LocalStack:
    def __init__(self, var: Path, *, port: int | None = None, prefix: list[str] | None = None) -> None:
        self.var = var
        self.port = port or three_free_ports()
        self.prefix = prefix or []
        self.environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
        } | {"NOZBE_VAR": str(var), "NOZBE_PORT": str(self.port)}
        self.output = var.with_suffix(".out")

    def up(self) -> Self:
        """Start, and return when it says that it is ready. Fails with its output when it is not."""
        self.start()
        return self.wait_until_ready()

    def wait_until_ready(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while READY not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        return self

    def start(self) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*self.prefix, "make", "up"],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that Ctrl-C can be sent to all of it, as a terminal does
            )
        watchdog = [sys.executable, "-c", WATCHDOG, str(self.process.pid)]
        self.watchdog = subprocess.Popen(watchdog, stdin=subprocess.PIPE, start_new_session=True)

    def wait(self, *, seconds: float) -> int:
        """Until `make up` has ended; returns its exit code."""
        code = self.process.wait(timeout=seconds)
        self.watchdog.kill()
        self.watchdog.communicate()
        return code

    def runs(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def make(self, target: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, "make", target],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def manage(self, *words: str, site: str = "web") -> subprocess.CompletedProcess[str]:
        """`manage.py local …` as one of the sites."""
        return subprocess.run(
            [PROJECT / ".venv/bin/python", PROJECT / "manage.py", "local", *words],
            env=self.environment | {"NOZBE_SITE": site},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def press_ctrl_c(self) -> int:
        """What a terminal does on Ctrl-C: SIGINT for the whole group. Returns make's exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.wait(seconds=90)

    def processes(self) -> list[psutil.Process]:
        """Every process of the stack: those with its mark, and the command that runs it."""
        found = []
        for process in psutil.process_iter():
            try:
                environment = process.environ()
            except psutil.Error:
                continue
            marked = environment.get(MARK) == str(self.var)
            starting = environment.get("NOZBE_VAR") == str(self.var) and "up" in process.cmdline()
            if (marked or starting) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def tools(self) -> list[list[str]]:
        """The command lines of whatever `make up` runs beside the supervised programs."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                found.append(process.cmdline())
        return found

    def kill_everything(self) -> int:
        """SIGKILL to every process, as a power cut would; returns how many there were."""
        count = 0
        while victims := self.processes():
            count += len(victims)
            for process in victims:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(victims, timeout=20)
        self.wait(seconds=20)
        return count

    def supervisor(self, method: str, *arguments: str) -> object:
        """Ask the running supervisord for something (its XML-RPC interface)."""
        socket_path = Stack(var=self.var, port=self.port).runtime_folder() / "supervisor.sock"
        transport = SupervisorTransport(None, None, f"unix://{socket_path}")
        with ServerProxy("http://127.0.0.1", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)

    def ports(self) -> list[int]:
        internal = json.loads(self.var.joinpath("config", "ports.json").read_text())
        return [self.port, self.port + 1, self.port + 2, *internal.values()]

    def port_of(self, name: str) -> int:
        return int(json.loads(self.var.joinpath("config", "ports.json").read_text())[name])

    def taken_ports(self) -> list[int]:
        return [port for port in self.ports() if listens(port)]

    def url(self, path: str = "/", *, site: str = "web") -> str:
        return f"http://127.0.0.1:{self.port + ('web', 'backoffice', 'console').index(site)}{path}"

    def get(self, path: str, *, site: str = "web") -> tuple[int, str]:
        return fetch(self.url(path, site=site))

    def credentials(self) -> dict[str, dict[str, str]]:
        return json.loads(self.var.joinpath("credentials.json").read_text())


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0

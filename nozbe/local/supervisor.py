"""supervisord as a child of ours, so tied to us that nothing of the stack can outlive us.

Where the kernel allows it, supervisord is process 1 of a process namespace: when it ends, however it ends, the kernel
ends everything inside. As root that namespace also maps us to an ordinary user, because PostgreSQL refuses to run as
root; files keep their owner. Elsewhere supervisord runs directly, and `leftovers` finds what a kill left behind.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from nozbe.local.stack import MARK, CannotStart, Stack, inherited_environment

PR_SET_PDEATHSIG = 1  # linux/prctl.h
NAMESPACE = [
    "unshare",
    "--user",
    "--map-user=1000",
    "--map-group=1000",
    "--pid",
    "--ipc",
    "--fork",
    "--kill-child=SIGKILL",
    "--mount-proc",
]


class Supervisor:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.socket = stack.runtime_folder() / "supervisor.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start supervisord with nothing in it running. Must be called from the main thread (see prctl(2))."""
        self.socket.unlink(missing_ok=True)
        configuration = self.stack.path("config", "supervisord.conf")
        daemon = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(configuration)]
        output = self.stack.path("logs", "supervisord.out").open("wb")
        self.process = subprocess.Popen(  # noqa: S603 — our own words
            [*_namespace(), *daemon],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**inherited_environment(), MARK: str(self.stack.var)},
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the stack in order
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        output.close()
        deadline = time.monotonic() + 15
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.stack.path("logs", "supervisord.out").read_text(errors="replace").strip()
                raise CannotStart(f"supervisord did not start: {said or 'it said nothing'}")
            time.sleep(0.05)

    def start(self, name: str) -> None:
        self._call("startProcess", name, False)

    def state(self, name: str) -> str:
        """Such as RUNNING, STARTING, BACKOFF, FATAL (supervisor's documentation, "Process States")."""
        return str(self._call("getProcessInfo", name)["statename"])

    def shut_down(self, *, seconds: float = 60) -> None:
        """Stop every program in order and end supervisord; killed when it takes too long. Safe to call twice."""
        if self.process is None:
            return
        if self.process.poll() is None:
            try:
                self._call("shutdown")
            except (OSError, Fault):
                self.process.kill()
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.socket.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            return bool(self._call("getState"))
        except OSError:
            return False

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        with ServerProxy("http://127.0.0.1", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)


def _namespace() -> list[str]:
    """The words to put before a command, or none where namespaces are not to be had and not needed."""
    if sys.platform == "linux" and shutil.which("unshare"):
        trial = subprocess.run(  # noqa: S603 — our own words
            [*NAMESPACE, "true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            start_new_session=True,
        )
        if trial.returncode == 0:
            return NAMESPACE
    if os.getuid() == 0:
        raise CannotStart(
            "PostgreSQL refuses to run as root, and this machine gives root no user namespace to step down in. "
            "Run make up as an ordinary user."
        )
    return []


def _die_with_parent() -> None:
    """Between fork and exec: ask the kernel to kill us when our parent dies, even by SIGKILL."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

"""At most one `up` a folder. The kernel lets go of the lock when its holder dies, so it can never be stale."""

from __future__ import annotations

import fcntl
import os
import signal
import time

from nozbe.local.stack import CannotStart, Stack


class StackLock:
    def __init__(self, stack: Stack) -> None:
        self.path = stack.path("stack.lock")
        self.descriptor: int | None = None

    def take(self) -> None:
        """Raises CannotStart, naming the holder, when a stack runs in this folder."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _locked(descriptor):
            os.close(descriptor)
            raise CannotStart(
                f"A stack is already running in {self.path.parent} (process {self.holder()}). Stop it: make down"
            )
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self.descriptor = descriptor

    def holder(self) -> int | None:
        """The process that holds the lock, or None."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(descriptor, 32)
            return int(text) if text.isdigit() else 0
        finally:
            os.close(descriptor)
        return None

    def stop_holder(self, *, seconds: float = 90) -> bool:
        """Ask the running stack to stop and wait until it has. False when none runs; CannotStart when it won't."""
        holder = self.holder()
        if holder is None:
            return False
        time.sleep(0.2)  # a stack that has just begun may not have replaced its forerunner's number yet
        holder = self.holder()
        if not holder:
            return False
        os.kill(holder, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while self.holder() == holder:
            if time.monotonic() > deadline:
                raise CannotStart(f"Process {holder} did not stop within {seconds:.0f} seconds.")
            time.sleep(0.1)
        return True


def _locked(descriptor: int) -> bool:
    """Try for a second: somebody who only asks who holds the lock has it for a moment."""
    for _ in range(20):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False

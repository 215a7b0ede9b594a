"""Processes of this stack that outlived it: only possible where there is no process namespace. Ended by pid."""

from __future__ import annotations

import contextlib

import psutil

from nozbe.local.stack import MARK, Stack


def end_leftovers(stack: Stack) -> int:
    """Kill every process that carries this stack's mark. Call it only while holding the stack's lock."""
    found = [process for process in psutil.process_iter() if _carries_mark(process, stack)]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, timeout=10)
    return len(found)


def _carries_mark(process: psutil.Process, stack: Stack) -> bool:
    try:
        return process.environ().get(MARK) == str(stack.var)
    except (psutil.Error, OSError):
        return False

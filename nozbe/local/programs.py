"""One program of the stack, as supervisor runs it, and the file that tells supervisor about all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nozbe.local.stack import PROJECT, Stack


@dataclass(frozen=True, kw_only=True)
class Program:
    name: str
    title: str
    """What people call it."""

    group: str
    """Groups are stopped one after the other, last started first; programs of one group together."""

    command: Sequence[str | Path]
    ready: Callable[[], bool]
    """Whether it answers. Must not block for longer than a second or two."""

    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 10

    @property
    def full_name(self) -> str:
        return f"{self.group}:{self.name}"


GROUPS = ("engines", "sites", "door")


def supervisor_configuration(stack: Stack, programs: Sequence[Program]) -> str:
    """The text of supervisord.conf. Nothing starts by itself: the conductor starts everything in order."""
    runtime = stack.runtime_folder()
    sections = [
        _section(
            "supervisord",
            nodaemon="true",
            directory=PROJECT,
            logfile=stack.path("logs", "supervisord.log"),
            logfile_maxbytes="5MB",
            logfile_backups="1",
            pidfile=runtime / "supervisord.pid",
            childlogdir=stack.path("logs"),
            loglevel="info",
            silent="true",
        ),
        _section("unix_http_server", file=runtime / "supervisor.sock", chmod="0700"),
        _section(
            "rpcinterface:supervisor",
            **{"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    for priority, group in enumerate(GROUPS):
        members = [program for program in programs if program.group == group]
        if members:
            names = ",".join(program.name for program in members)
            sections.append(_section(f"group:{group}", programs=names, priority=str(priority)))
    for program in programs:
        sections.append(_program_section(stack, program))
    return "\n".join(sections)


def _program_section(stack: Stack, program: Program) -> str:
    environment = {"NOZBE_PROCESS": program.name, **program.environment}
    return _section(
        f"program:{program.name}",
        command=" ".join(_quoted(str(word)) for word in program.command),
        environment=",".join(f"{name}={_quoted(value)}" for name, value in environment.items()),
        autostart="false",
        autorestart="true",
        startsecs="1",
        startretries="3",
        stopsignal=program.stop_signal,
        stopwaitsecs=str(program.stop_seconds),
        stopasgroup="false",
        killasgroup="true",
        redirect_stderr="true",
        stdout_logfile=stack.path("logs", f"{program.name}.log"),
        stdout_logfile_maxbytes="10MB",
        stdout_logfile_backups="1",
    )


def _section(name: str, **options: str | Path) -> str:
    lines = [f"{key} = {str(value).replace('%', '%%')}" for key, value in options.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _quoted(text: str) -> str:
    """Supervisor splits commands and environments as a shell does."""
    if "\n" in text:
        raise ValueError("a supervisor option cannot hold a line break")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def executable(name: str) -> Path:
    """A script of the environment that we run in."""
    return Path(sys.executable).parent / name

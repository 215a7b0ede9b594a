"""What one local stack is: a folder for its data, three public ports, and what lies where in the folder."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
MARK = "NOZBE_STACK"
"""Environment variable that every process of a stack carries, so that leftovers can be found."""


UNUSABLE = frozenset(';#"\\,%')
"""Supervisor, SeaweedFS and OpenBao give them a meaning of their own."""


class CannotStart(Exception):
    """The stack cannot be started, stopped or found; the text tells a person what to do."""


def inherited_environment() -> dict[str, str]:
    """What every process takes over from whoever starts it: how to find programs and folders, and no setting."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


SOCKET_FOLDER_BYTES = 80


@dataclass(frozen=True)
class Stack:
    var: Path
    port: int
    """The web site's; the support panel has the next one, the console the one after."""

    durable: bool = True
    """False for tests: nothing is synced to disk, a power cut may lose everything."""

    @classmethod
    def from_environment(cls) -> Stack:
        raw = os.environ.get("NOZBE_PORT", "8000")
        if not raw.isdigit() or not 1024 <= int(raw) <= 65533:
            raise CannotStart(f"NOZBE_PORT is {raw!r}; it must be a port number from 1024 to 65533.")
        var = Path(os.environ.get("NOZBE_VAR") or "var").expanduser()
        if unusable := sorted({sign for sign in str(PROJECT / var) if sign in UNUSABLE or not sign.isprintable()}):
            raise CannotStart(
                f"{var} has signs in its name that not every engine can take: "
                f"{' '.join(map(repr, unusable))}. "
                "Set NOZBE_VAR to another folder."
            )
        return cls(var=(PROJECT / var).resolve(), port=int(raw))

    @property
    def ports(self) -> dict[str, int]:
        return {"web": self.port, "backoffice": self.port + 1, "console": self.port + 2}

    def path(self, *parts: str) -> Path:
        return self.var.joinpath(*parts)

    def folder(self, *parts: str) -> Path:
        """A folder inside `var` that only we can read, made when it is missing."""
        path = self.path(*parts)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def secret_file(self, name: str) -> Path:
        return self.path("secrets", name)

    def runtime_folder(self) -> Path:
        """A short path for sockets, whose length the kernel limits to 107 bytes (unix(7)), outside `var`."""
        digest = hashlib.sha256(str(self.var).encode()).hexdigest()[:12]
        name = f"nozbe-{os.getuid()}-{digest}"
        path = Path(tempfile.gettempdir(), name)
        if len(os.fsencode(path)) > SOCKET_FOLDER_BYTES:
            path = Path("/tmp", name)  # noqa: S108 — made for us alone, and checked below
        path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise CannotStart(f"{path} belongs to somebody else or is open to others; remove it and start again.")
        return path

    def make_var(self) -> None:
        try:
            self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("secrets", "logs", "config", "mail", "metrics", "environment"):
                self.folder(name)
        except OSError as error:
            raise CannotStart(
                f"{error.filename or self.var} cannot be made ({error.strerror}). "
                "Set NOZBE_VAR to a folder of your own."
            ) from error
        if self.var.stat().st_uid != os.getuid():
            raise CannotStart(f"{self.var} belongs to another user. Set NOZBE_VAR to a folder of your own.")

"""The stack's own secrets: made up once, in files that only we can read, marked so that production refuses them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nozbe.local.stack import Stack

MARK = "local-"
"""The same as `nozbe.checks.LOCAL_MARK`; a test holds them together."""

NAMES = (
    "web-secret-key",
    "backoffice-secret-key",
    "console-secret-key",
    "migrate-secret-key",
    "postgres-password",
    "nz_migrate-password",
    "nz_app-password",
    "nz_support-password",
    "nz_console-password",
    "valkey-password",
    "openbao-web-token",
    "openbao-worker-token",
    "ireland-access-key",
    "ireland-secret-key",
    "paris-access-key",
    "paris-secret-key",
)


def make_up(stack: Stack) -> None:
    """Create every secret that is missing. Existing ones stay: data was sealed and people signed in with them."""
    for name in NAMES:
        if not stack.secret_file(name).exists():
            write(stack.secret_file(name), MARK + secrets.token_urlsafe(48))


def read(stack: Stack, name: str) -> str:
    return stack.secret_file(name).read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    """Whole or not at all, also when killed half way; mode 0600; no trailing newline."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)

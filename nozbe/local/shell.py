"""`manage.py local <command>`: run a command against the stack that `make up` started, as its web site."""

from __future__ import annotations

import os
import sys

from nozbe.local.lock import StackLock
from nozbe.local.stack import CannotStart, Stack

OURS = frozenset(
    {"NOZBE_VAR", "NOZBE_PORT", "NOZBE_SITE", "NOZBE_TEST_SERVERS", "NOZBE_EMAIL_VERIFICATION", "NOZBE_CHROMIUM"}
    | {"NOZBE_FUZZ_EXAMPLES", "NOZBE_SYNC_SEEDS"}
)
FOREIGN = ("NOZBE_", "PG", "AWS_", "CELERY_", "BAO_", "VAULT_")


def leave_foreign_settings_behind() -> None:
    """Forget what the caller's shell would make our libraries do: other databases, profiles, proxies, settings."""
    for name in list(os.environ):
        foreign = name.startswith(FOREIGN) or name.lower().endswith("_proxy")
        if foreign and name not in OURS:
            del os.environ[name]


def enter_local_stack() -> None:
    """Take on the environment of the running stack's web site, or end with a clear message."""
    from nozbe.local.environments import read_file

    try:
        stack = Stack.from_environment()
        if StackLock(stack).holder() is None:
            raise CannotStart(f"No stack is running in {stack.var}. Start one with: make up")
    except CannotStart as error:
        sys.exit(str(error))
    os.environ.update(read_file(stack, os.environ.get("NOZBE_SITE", "web")))

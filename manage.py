#!/usr/bin/env python3
"""Django's command line. `manage.py local <command>` runs one against the stack that `make up` started."""

import os
import signal
import sys
from types import FrameType


def stop_at_once(_number: int, _frame: FrameType | None) -> None:
    """While modules are loading. An exception may be lost there: some are raised where nobody can catch them."""
    os.write(sys.stdout.fileno(), b"Stopped.\n")
    os._exit(130)


def main() -> None:
    if sys.argv[1:2] == ["up"]:
        signal.signal(signal.SIGINT, stop_at_once)  # the command has its own way, once it runs
    if sys.argv[1:2] in (["up"], ["down"], ["local"]):
        from nozbe.local.shell import enter_local_stack, leave_foreign_settings_behind

        leave_foreign_settings_behind()
        os.environ["DJANGO_SETTINGS_MODULE"] = "nozbe.settings"
        if sys.argv[1] == "local":
            enter_local_stack()
            del sys.argv[1]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nozbe.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

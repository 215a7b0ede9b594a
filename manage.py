#!/usr/bin/env python3
"""Django's command line. `manage.py local <command>` runs one against the stack that `make up` started."""

import os
import sys


def main() -> None:
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
    try:
        main()
    except KeyboardInterrupt:  # while it was still loading: what has begun to work heeds it itself
        sys.exit("Stopped.")

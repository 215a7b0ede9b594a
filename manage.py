#!/usr/bin/env python3
"""Django's command line. `manage.py local <command>` runs one against the stack that `make up` started."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nozbe.settings")
    if sys.argv[1:2] == ["local"]:
        from nozbe.local.shell import enter_local_stack

        enter_local_stack()
        del sys.argv[1]
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

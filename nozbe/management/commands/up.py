"""Run the whole product on this machine until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nozbe.local.conductor import Conductor, GivenUp
from nozbe.local.stack import CannotStart, Stack

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Run the whole product on this machine until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stack = Stack.from_environment()
        except CannotStart as error:
            raise CommandError(str(error)) from error
        conductor = Conductor(stack, out=sys.stdout)

        def stop(_number: int, _frame: FrameType | None) -> None:
            conductor.giving_up = True

        for number in SIGNALS:
            signal.signal(number, stop)
        self.stdout.write(f"Starting Nozbe in {stack.var}")
        try:
            conductor.start_engines()
            conductor.start_sites()
            self._greet(stack)
            conductor.watch()
            raise CommandError("supervisord ended; see the logs. Start again with: make up")
        except CannotStart as error:
            raise CommandError(str(error)) from error
        except GivenUp:
            self.stdout.write("\nStopping…")
        finally:
            conductor.stop()  # a second Ctrl-C changes nothing
        self.stdout.write("Stopped. The data stays; make up goes on where this ended.")

    def _greet(self, stack: Stack) -> None:
        host = "http://localhost"
        self.stdout.write(
            "\n".join(
                [
                    "",
                    "Nozbe is ready.",
                    f"  Web site       {host}:{stack.ports['web']}",
                    f"  Support panel  {host}:{stack.ports['backoffice']}",
                    f"  Console        {host}:{stack.ports['console']}",
                    f"Sign in with an address and password from {stack.path('credentials.json')}, for example",
                    "owner@example.com (web site), support@example.com (panel) or dba1@example.com (console).",
                    "Ctrl-C stops everything; the data stays.",
                    "",
                ]
            )
        )
        self.stdout.flush()

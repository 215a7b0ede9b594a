"""Run the whole product on this machine until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any, Never

from django.core.management.base import BaseCommand, CommandError

from nozbe.local.conductor import Conductor
from nozbe.local.stack import CannotStart, Stack

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody wants the stack to stop; not an Exception, so that nothing on the way swallows it."""


class Command(BaseCommand):
    help = "Run the whole product on this machine until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stack = Stack.from_environment()
        except CannotStart as error:
            raise CommandError(str(error)) from error
        for number in SIGNALS:
            signal.signal(number, _stop)
        conductor = Conductor(stack, out=sys.stdout)
        self.stdout.write(f"Starting Nozbe in {stack.var}")
        try:
            conductor.start_engines()
            conductor.start_sites()
            self._greet(stack)
            conductor.watch()
            raise CommandError("supervisord ended; see the logs. Start again with: make up")
        except CannotStart as error:
            raise CommandError(str(error)) from error
        except Stop:
            self.stdout.write("\nStopping…")
        finally:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C does not leave half a stack behind
            conductor.stop()
        self.stdout.write("Stopped. The data stays; make up goes on where this ended.")

    def _greet(self, stack: Stack) -> None:
        host = "http://127.0.0.1"
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


def _stop(_number: int, _frame: FrameType | None) -> Never:
    raise Stop

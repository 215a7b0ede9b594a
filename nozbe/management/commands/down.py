"""Stop the local stack that `make up` started."""

from __future__ import annotations

import shutil
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nozbe.local.lock import StackLock
from nozbe.local.stack import CannotStart, Stack


class Command(BaseCommand):
    help = "Stop the local stack that `make up` started; its data stays."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete-data", action="store_true", help="then delete everything in it, after asking")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stack = Stack.from_environment()
            stopped = StackLock(stack).stop_holder()
        except (CannotStart, PermissionError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Stopped." if stopped else f"No stack is running in {stack.var}.")
        if options["delete_data"] and stack.var.exists():
            if not stack.path("stack.lock").exists() or not stack.path("config", "ports.json").exists():
                raise CommandError(f"{stack.var} does not look like a stack of ours; nothing was deleted.")
            if input(f"Delete {stack.var} and all work in it for ever? Type yes: ") == "yes":
                shutil.rmtree(stack.var)
                self.stdout.write("Deleted.")
            else:
                self.stdout.write("Kept.")

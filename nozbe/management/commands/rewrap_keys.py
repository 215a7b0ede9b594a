"""Wrap all field keys anew after the key server's keys were rotated. Content is not touched."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from nozbe.audit.appending import append
from nozbe.audit.verbs import Verb
from nozbe.encryption.models import Keyring
from nozbe.encryption.rewrapping import rewrap_all

EVERY = 100


class Command(BaseCommand):
    help = "Rewrap the field keys after an operator rotated keys of the key server; safe to kill and to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", default="", metavar="ID", help="go on after this keyring, as was printed")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            append(Verb.KEYS_REWRAPPED, actor=None)
        total = Keyring.objects.filter(destroyed_at__isnull=True, pk__gt=options["after"]).count()
        keys = 0
        for number, (keyring, count) in enumerate(rewrap_all(after=options["after"]), start=1):
            keys += count
            if number % EVERY == 0 or number == total:
                self.stdout.write(f"{number} of {total} keyrings; to go on: rewrap_keys --after={keyring}")
                self.stdout.flush()
        self.stdout.write(f"Done: {keys} field keys rewrapped. No content was touched.")

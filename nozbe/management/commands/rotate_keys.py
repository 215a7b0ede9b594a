"""Seal everything anew under fresh field keys, while people go on working. Resumable: run the same words again."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from nozbe.audit.appending import append
from nozbe.audit.verbs import Verb
from nozbe.encryption import epochs
from nozbe.encryption.keys import KeyDestroyed
from nozbe.encryption.models import Keyring
from nozbe.encryption.resealing import reseal


class Command(BaseCommand):
    help = "Give every owner a fresh field key and reseal all its content with it; safe to kill and to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            metavar="TIME",
            help="begin a new epoch only for keys older than this (ISO 8601 with zone; default: now). "
            "To go on after a kill without beginning epochs again, give the time that was printed.",
        )
        parser.add_argument("--owner", help="only this team or account, by its ID")

    def handle(self, *args: Any, **options: Any) -> None:
        older_than = _moment(options["older_than"]) if options["older_than"] else timezone.now()
        owner: str | None = options["owner"]
        keyrings = Keyring.objects.in_use().order_by("pk")
        if owner is not None:
            keyrings = keyrings.filter(owner=owner)
            if not keyrings.exists():
                raise CommandError(f"There are no keys for {owner}. Nothing was changed.")
        self.stdout.write(f"To go on after a kill: rotate_keys --older-than={older_than.isoformat()}")
        with transaction.atomic():
            append(Verb.KEYS_ROTATED, actor=None, team=owner)
        begun = sum(1 for _ in epochs.begin_due(older_than=older_than, owner=owner))
        self.stdout.write(f"{begun} new epochs begun")
        self._reseal([str(keyring.owner) for keyring in keyrings])

    def _reseal(self, owners: list[str]) -> None:
        began, total = time.monotonic(), 0
        damaged: set[tuple[str, str]] = set()
        for number, owner in enumerate(owners, start=1):
            try:
                for done in reseal(owner):
                    total += done.resealed
                    damaged |= {(done.column, pk) for pk in done.damaged}
                    rate = total / max(time.monotonic() - began, 0.001)
                    self.stdout.write(f"owner {number} of {len(owners)}: {done.column}, {total} values, {rate:.0f}/s")
                    self.stdout.flush()
            except KeyDestroyed:
                self.stdout.write(f"owner {number} of {len(owners)}: erased meanwhile")
        if damaged:
            listed = "\n".join(f"  {column} of {pk}" for column, pk in sorted(damaged))
            raise CommandError(f"{total} values resealed. These do not open, and were left as they are:\n{listed}")
        self.stdout.write(f"Done: {total} values resealed.")


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError("--older-than must be a time with its zone, such as 2026-11-23T15:00:00+00:00.")
    return moment

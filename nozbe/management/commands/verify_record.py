"""Compute the whole record anew and hold it against every checkpoint. Exit code 1 when it is not what it was."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from nozbe.audit.broken import CheckpointsDisagree, RecordBroken
from nozbe.audit.comparison import compare_all
from nozbe.audit.sealing import ChainHeld
from nozbe.audit.verification import refuse_unsealed, verify
from nozbe.errors import DomainError
from nozbe.keyserver import KeyServerRefused

PROGRESS_SECONDS = 5


class Command(BaseCommand):
    help = "Verify the record: its chain, its checkpoints and their signatures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--without-signatures",
            action="store_true",
            help="compare checkpoints by their names alone, where the key server's token may not read the public key",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chain_is_well = self._verify_chain()
            checkpoints_are_well = self._compare(signatures=not options["without_signatures"])
        except (DomainError, KeyServerRefused) as error:
            self.stdout.write(self.style.ERROR(f"The checkpoints could not be read: {_reason(error)}"))
            sys.exit(1)
        if not chain_is_well or not checkpoints_are_well:
            sys.exit(1)

    def _verify_chain(self) -> bool:
        said_at = time.monotonic()
        try:
            refuse_unsealed()
            for head in verify():
                if time.monotonic() - said_at > PROGRESS_SECONDS:
                    said_at = time.monotonic()
                    self.stdout.write(f"{head.seq} entries are right so far")
        except RecordBroken as broken:
            self.stdout.write(self.style.ERROR(f"The record is broken. {broken}"))
            return False
        except ChainHeld as held:
            self.stdout.write(self.style.ERROR(f"The record could not be verified. {held}"))
            return False
        self.stdout.write(f"{head.seq} entries are right; the last hash is {head.hash.hex()}")
        return True

    def _compare(self, *, signatures: bool) -> bool:
        try:
            compared = compare_all(signatures=signatures)
        except CheckpointsDisagree as broken:
            for problem in broken.problems:
                self.stdout.write(self.style.ERROR(f"The checkpoints disagree. {problem}"))
            return False
        verified = "agree and are signed by us" if signatures else "agree; their signatures were not verified"
        self.stdout.write(f"{compared} checkpoints {verified}")
        return True


def _reason(error: Exception) -> str:
    if isinstance(error, KeyServerRefused):
        return "the key server does not let this process read the public key: its token needs web.hcl or worker.hcl."
    return str(error)

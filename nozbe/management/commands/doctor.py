"""Ask every part how it is. Exit code 0 when all are well, 1 when one is not (for cron)."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from nozbe.health.probes import Finding, everything


class Command(BaseCommand):
    help = "Ask every part of the service how it is; exit code 1 when one is not well."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="ask again until all is well")
        parser.add_argument("--quiet", action="store_true", help="say only what is not well")

    def handle(self, *args: Any, **options: Any) -> None:
        deadline = time.monotonic() + options["wait"]
        findings = list(everything())
        while not all(finding.well for finding in findings) and time.monotonic() < deadline:
            time.sleep(0.25)
            findings = list(everything())
        self._report(findings, quiet=options["quiet"])
        if not all(finding.well for finding in findings):
            sys.exit(1)

    def _report(self, findings: Sequence[Finding], *, quiet: bool) -> None:
        for finding in findings:
            if finding.well and not quiet:
                self.stdout.write(f"{self.style.SUCCESS('well')}    {finding.part:<50} {finding.detail}")
            elif not finding.well:
                self.stdout.write(f"{self.style.ERROR('UNWELL')}  {finding.part:<50} {finding.detail}")

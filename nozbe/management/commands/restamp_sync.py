"""Make sync right after the database was copied into another cluster."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from nozbe.sync.restamping import forget_cursors, restamp


class Command(BaseCommand):
    help = "After a logical copy (pg_dump, logical replication): stamp rows anew, and let every client begin anew. "
    help += "Run it before anybody is let in; safe to kill and to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{forget_cursors()} cursors forgotten: each client gets everything with its next pull.")
        for table, done in restamp():
            self.stdout.write(f"{table}: {done} rows stamped")
            self.stdout.flush()
        self.stdout.write("Done: no row is ahead of this cluster.")

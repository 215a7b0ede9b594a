"""Put a key server back from a snapshot in the second store, and destroy again what was destroyed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from nozbe import second_store
from nozbe.encryption import destruction, ledger, restoring, snapshots
from nozbe.keyserver import KeyServerRefused, KeyServerUnavailable


class Command(BaseCommand):
    help = "Put a key server, which no app reaches yet, back from a snapshot; then destroy again what was destroyed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="of the key server to be overwritten; not the apps'")
        parser.add_argument("--token-file", type=Path, required=True, help="holds its root token, as it is now")
        parser.add_argument(
            "--token-after-file", type=Path, help="holds the root token of the snapshot's day (default: the same)"
        )
        parser.add_argument("--snapshot", help="its name in the second store (default: the newest)")

    def handle(self, *args: Any, **options: Any) -> None:
        url: str = options["url"].rstrip("/")
        if url == settings.KEY_SERVER_URL.rstrip("/"):
            raise CommandError(
                "That is the key server the apps use: destroyed keys would be back in use for a moment. "
                "Put the snapshot into one that no app reaches, and let the apps in afterwards. Nothing was changed."
            )
        name = options["snapshot"] or snapshots.newest()
        if name is None:
            raise CommandError("There is no snapshot in the second store. Nothing was changed.")
        token = _secret(options["token_file"])
        token_after = _secret(options["token_after_file"]) if options["token_after_file"] else token
        lines = ledger.read()
        self.stdout.write(f"The ledger of destroyed keys has {len(lines)} lines; putting {name} back…")
        snapshot = second_store.get(settings.KEY_SNAPSHOT_BUCKET, name)
        try:
            done = restoring.put_back(snapshot, url=url, token=token, token_after=token_after, lines=lines)
        except (KeyServerUnavailable, KeyServerRefused, destruction.StillThere) as error:
            raise CommandError(f"Not finished ({type(error).__name__}). Let no app in; run it again.") from error
        self.stdout.write(f"{done.tokens} old tokens ended, {done.keys} destroyed keys are gone again.")
        if done.unsigned:
            self.stdout.write(self.style.ERROR(f"{done.unsigned} lines of the ledger are not ours and were ignored."))
        self.stdout.write("Now give web and worker new tokens and let them in (docs/operations.md).")


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}). Nothing was changed.") from error

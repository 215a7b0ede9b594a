"""Processes that write, or seal, until they are killed: `python -m tests.audit.writer <database> <folder> <kind>…`.

Each says what it did in a file of the folder, which is named after its kind and its process ID.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from threading import Thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
THREADS = 5


class Undone(Exception):
    pass


def write() -> None:
    """A change with its entry, a third of them undone; says the ID of each that was acknowledged as committed."""
    from django.db import transaction
    from django.utils import timezone

    from nozbe.audit import Verb, append
    from nozbe.models import Heartbeat, new_id

    while True:
        object = new_id()
        undo = random.random() < 1 / 3
        try:
            with transaction.atomic():
                append(Verb.KEY_MADE, actor=None, object=object)
                Heartbeat.objects.create(job=object, succeeded_at=timezone.now(), count=int(undo))
                if undo:
                    raise Undone
        except Undone:
            continue
        sys.stdout.write(f"{object}\n")
        sys.stdout.flush()


def seal() -> None:
    from nozbe.audit.sealing import seal_all

    while True:  # patient, as a starved processor is no reason to end
        sys.stdout.write(f"{seal_all(batch_size=20, wait_ms=30_000)}\n")
        sys.stdout.flush()


def main(database: str, folder: Path, *kinds: str) -> None:
    """Set up once, and fork: a process takes longer to begin than the whole test."""
    import django

    from tests.servers import password_of

    django.setup()
    from django.conf import settings

    settings.DATABASES["default"] |= {"NAME": database, "USER": "nz_app", "PASSWORD": password_of("nz_app")}
    settings.DATABASES["default"]["OPTIONS"].pop("assume_role")
    for number, kind in enumerate(kinds):
        if os.fork() == 0:
            sys.stdout = folder.joinpath(f"{number}-{kind}-{os.getpid()}").open("w")
            for thread in [Thread(target=write) for _ in range(THREADS)] if kind == "write" else [Thread(target=seal)]:
                thread.start()
            return
    for _ in kinds:
        os.wait()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])

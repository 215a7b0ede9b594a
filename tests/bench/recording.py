"""What the record costs: notes a second through the site, eight people at once, with and without an entry for each."""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from nozbe.audit.sealing import seal_all
from nozbe.models import new_id
from tests.bench.rounds import Measured
from tests.encryption.own_servers import NotesProcess
from tests.keys import ready_keyring

CLIENTS = 8
SECONDS = 1.5
ROUNDS = 15
"""Many and short: what is measured is smaller than what else happens on a machine."""


def measure() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        site = NotesProcess(Path(folder, "site.log"))
        site.start()
        try:
            ready_keyring()
            book = site.ask("/api/v1/books", {"name": "bench"})[1]["id"]
            _notes_a_second(site, f"/api/v1/books/{book}")  # warm
            rates: dict[str, list[float]] = {"": [], "?recorded=1": []}
            for _ in range(ROUNDS):
                for query, found in rates.items():
                    found.append(_notes_a_second(site, f"/api/v1/books/{book}{query}"))
        finally:
            site.stop()
    plain, recorded = (statistics.median(found) for found in rates.values())
    yield Measured("notes a second, each with its entry", "a second", plain, recorded)


def _notes_a_second(site: NotesProcess, path: str) -> float:
    """The sealer runs beside it every second, as the clock would let it."""
    counts = [0] * CLIENTS
    until = time.monotonic() + SECONDS

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", site.port)
        while time.monotonic() < until:
            connection.request("POST", path, json.dumps({"id": new_id(), "text": "Call the plumber before Friday"}))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 201
            counts[number] += 1
        connection.close()

    people = [threading.Thread(target=work, args=[number]) for number in range(CLIENTS)]
    for person in people:
        person.start()
    while time.monotonic() < until:
        seal_all()
        time.sleep(1)
    for person in people:
        person.join()
    return sum(counts) / SECONDS

"""The event streams' own process, as production serves it, on the run's servers and the test's database."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import requests
from django.conf import settings
from django.db import connection

from nozbe.local.ports import PortBlock
from nozbe.local.stack import PROJECT, Stack
from tests.encryption.own_servers import wait_until


class EventsProcess:
    def __init__(self, folder: Path, *, valkey_url: str | None = None, heartbeat_seconds: int = 60) -> None:
        stack = Stack(var=folder / "ports", port=8000)
        stack.make_var()
        self.block = PortBlock(stack)
        self.port = self.block.take()["events"]
        self.log = folder / "events.log"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "nozbe.settings",
            "NOZBE_DATABASE_NAME": connection.settings_dict["NAME"],
            "NOZBE_VALKEY_URL": valkey_url or settings.VALKEY_URL,
            "NOZBE_STREAM_HEARTBEAT_SECONDS": str(heartbeat_seconds),
        }

    def start(self) -> None:
        words = ["--host=127.0.0.1", f"--port={self.port}", "--no-access-log", "--timeout-graceful-shutdown=1"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", *words, "nozbe.asgi:application"],
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: self.process.poll() is not None or self._answers())
        assert self.process.poll() is None, self.log.read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def open(self, **options: object) -> requests.Response:
        url = f"http://127.0.0.1:{self.port}/api/v1/sync/events"
        return requests.get(url, stream=True, timeout=20, **options)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


class Listener:
    """Somebody who listens to a stream until it ends."""

    def __init__(self, answer: requests.Response) -> None:
        assert answer.status_code == 200, answer.text
        self.answer = answer
        self.heard: list[bytes] = []
        self.ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        wait_until(lambda: self.heard)

    def _listen(self) -> None:
        with suppress(requests.RequestException):  # it broke off: that is no end
            for line in self.answer.iter_lines():
                self.heard.append(line)
            self.ended.set()

    def ends_within(self, seconds: float) -> bool:
        return self.ended.wait(seconds)

    def goes_on_for(self, seconds: float) -> bool:
        time.sleep(seconds)
        return not self.ended.is_set()

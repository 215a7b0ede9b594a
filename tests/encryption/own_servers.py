"""A key server of a test's own, to be stopped and started at will, and the notes site as real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.db import connection

from nozbe.local import openbao, secrets
from nozbe.local.ports import PortBlock
from nozbe.local.stack import PROJECT, Stack

READY_SECONDS = 30


class OwnKeyServer:
    """OpenBao in a folder of its own, with the local stack's configuration."""

    def __init__(self, folder: Path, *, seal_key_of: OwnKeyServer | None = None) -> None:
        self.stack = Stack(var=folder, port=8000)
        self.stack.make_var()
        secrets.make_up(self.stack)
        if seal_key_of is not None:
            secrets.write(self.stack.secret_file(openbao.SEAL_KEY), secrets.read(seal_key_of.stack, openbao.SEAL_KEY))
        self.block = PortBlock(self.stack)  # so that another run on this machine leaves these ports alone
        self.ports = self.block.take()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return openbao.url(self.ports)

    def token(self, policy: str) -> str:
        return secrets.read(self.stack, openbao.TOKENS[policy])

    def root_token_file(self) -> Path:
        return self.stack.secret_file(openbao.ROOT_TOKEN)

    def start(self) -> None:
        program = openbao.program(self.stack, self.ports)
        log = self.stack.path("logs", "openbao.log").open("ab")
        self.process = subprocess.Popen(program.command, stdout=log, stderr=log, start_new_session=True)
        log.close()
        wait_until(program.ready)
        openbao.prepare(self.stack, self.ports)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class NotesProcess:
    """One process of the notes site, or of another root of URLs, as production serves it."""

    def __init__(
        self,
        log: Path,
        *,
        keys: OwnKeyServer | None = None,
        urls: str = "tests.notes.urls",
        application: str = "nozbe.wsgi:application",
    ) -> None:
        """With the run's key server unless told otherwise."""
        self.application = application
        stack = Stack(var=log.with_suffix(".ports"), port=8000)
        stack.make_var()
        self.block = PortBlock(stack)
        self.port = self.block.take()["web"]
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.notes.settings",
            "NOTES_URLS": urls,
            "NOTES_DATABASE": connection.settings_dict["NAME"],
            "NOTES_KEY_SERVER_URL": keys.url if keys else settings.KEY_SERVER_URL,
            "NOTES_KEY_SERVER_TOKEN": keys.token("web") if keys else settings.KEY_SERVER_TOKEN,
        }
        self.log = log

    def start(self) -> None:
        words = ["--interface=wsgi", "--host=127.0.0.1", f"--port={self.port}", "--workers=1", "--blocking-threads=4"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "granian", *words, "--no-ws", self.application],
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: self.process.poll() is not None or self.ask("/healthz")[0] == 200)
        assert self.process.poll() is None, self.log.read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def kill(self) -> None:
        """As a power cut: all of it at once, its children too."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def manage(self, *words: str) -> subprocess.Popen[str]:
        """A command with this process's settings; its output can be read line by line."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ask(
        self, path: str, body: object = None, *, method: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict, dict]:
        """(status, JSON, headers by lower-case name); status 0 when it does not answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=data, method=method, headers=headers or {}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, _json(answer.read()), _lower(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read()), _lower(error.headers)
        except (urllib.error.URLError, ConnectionError):
            return 0, {}, {}


def _lower(headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _json(body: bytes) -> dict:
    try:
        return json.loads(body)
    except ValueError:
        return {"text": body.decode()}


def wait_until(is_so) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.05)

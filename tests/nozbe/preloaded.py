"""Starts of our processes, many in a row: a process with the libraries loaded, and none of our code, forks for each.

Each fork gets an environment of its own and then does what a server does first. A whole start would load the same
libraries a hundred times. Run as a program: one JSON environment a line in, one JSON answer a line out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
LIBRARIES = (
    "celery.app.base",
    "celery.beat",
    "django.core.management",
    "django.core.wsgi",
    "django.db.backends.postgresql.base",
    "django.forms",
    "django.urls",
    "prometheus_client",
    "psycopg",
    "structlog",
)


class Preloaded:
    def __init__(self) -> None:
        path = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, __file__], cwd=PROJECT, env=path, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def serve(self, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """What every web server does first, in that environment and no other."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(environment) + "\n")
        self.process.stdin.flush()
        code, stdout, stderr = json.loads(self.process.stdout.readline())
        return subprocess.CompletedProcess([], code, stdout, stderr)

    def end(self) -> None:
        self.process.communicate()


def main() -> None:
    import importlib

    for name in LIBRARIES:
        importlib.import_module(name)
    assert not [name for name in sys.modules if name.partition(".")[0] in ("nozbe", "accounts", "support", "backups")]
    sys.path.insert(0, str(PROJECT))
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            child = os.fork()
            if child == 0:
                _serve(json.loads(line), out.fileno(), err.fileno())
            _, status = os.waitpid(child, 0)
            said = [file.seek(0) or file.read() for file in (out, err)]
        print(json.dumps([os.waitstatus_to_exitcode(status), *said]), flush=True)


def _serve(environment: dict[str, str], out: int, err: int) -> None:
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ.clear()
    os.environ.update(environment)
    code = 1
    try:
        import nozbe.wsgi

        print("serving", flush=True)
        code = 0 if nozbe.wsgi.application else 1
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()

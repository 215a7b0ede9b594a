"""Whether the lock files still fit pyproject.toml: each direct dependency is there, in a version that is asked for."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent


def locked(file: str) -> dict[str, str]:
    """Name → version of every pinned requirement."""
    pins = [line.split()[0] for line in PROJECT.joinpath(file).read_text().splitlines() if "==" in line]
    return {canonicalize_name(name): version.rstrip(";") for name, version in (pin.split("==") for pin in pins)}


def problems() -> list[str]:
    project = tomllib.loads(PROJECT.joinpath("pyproject.toml").read_text())
    production = project["project"]["dependencies"]
    groups = project["dependency-groups"]
    files = {
        "requirements.txt": production,
        "requirements-local.txt": [*production, *groups["local"], *groups["dev"]],
        "requirements-node.txt": groups["node"],
    }
    found = []
    for file, wanted in files.items():
        pins = locked(file)
        for requirement in map(Requirement, wanted):
            version = pins.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version):
                found.append(f"{file} has {version} of {requirement}; run make lock")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or 0)

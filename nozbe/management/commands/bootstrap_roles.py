"""Create the database roles and the database on a new PostgreSQL cluster. Safe to repeat."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from nozbe.database.bootstrap import CannotBootstrap, bootstrap
from nozbe.database.roles import LOGIN_ROLES
from nozbe.environment import PROBLEMS, text


class Command(BaseCommand):
    help = (
        "Create the database roles and the database on PostgreSQL 16 or newer. Connects with --conninfo as a superuser "
        "or, on a managed PostgreSQL, as a role with CREATEROLE and CREATEDB. Passwords come from "
        "NOZBE_BOOTSTRAP_<ROLE>_PASSWORD or NOZBE_BOOTSTRAP_<ROLE>_PASSWORD_FILE; roles without one keep theirs."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--conninfo",
            default=os.environ.get("NOZBE_BOOTSTRAP_CONNINFO", ""),
            help="libpq connection string of the administrator; give the password by PGPASSFILE or PGPASSWORD",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name: str = settings.DATABASES["default"]["NAME"]
        variables = {role: f"NOZBE_BOOTSTRAP_{role.upper()}_PASSWORD" for role in LOGIN_ROLES}
        passwords = {role: value for role, variable in variables.items() if (value := text(variable))}
        if problems := [problem for problem in PROBLEMS if "NOZBE_BOOTSTRAP_" in problem]:
            raise CommandError("Nothing was changed: " + " ".join(problems))
        try:
            with psycopg.connect(options["conninfo"], autocommit=True) as connection:
                bootstrap(connection, database=name, passwords=passwords, report=self.stdout.write)
        except (CannotBootstrap, psycopg.Error) as error:
            raise CommandError(
                f"Nothing was changed: {error}" if isinstance(error, CannotBootstrap) else str(error)
            ) from error
        for role in sorted(set(LOGIN_ROLES) - set(passwords)):
            self.stdout.write(f"{role} keeps its password; set {variables[role]} to give it a new one")
        self.stdout.write(f"The roles and the database {name} are right.")

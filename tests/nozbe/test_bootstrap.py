"""One command makes a cluster hold our roles, on a server of one's own and on a managed one without superuser.

Roles are cluster-wide, so each test has a cluster of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from nozbe.database.roles import ROLES
from nozbe.local import secrets
from nozbe.local.conductor import Conductor
from nozbe.local.stack import Stack

PROJECT = Path(__file__).resolve().parent.parent.parent
PASSWORDS = {f"NOZBE_BOOTSTRAP_{role.name.upper()}_PASSWORD": f"of-{role.name}" for role in ROLES if role.login}


class Cluster:
    def __init__(self, conductor: Conductor) -> None:
        self.conductor = conductor
        self.port = conductor.ports["postgresql"]

    def connect(self, *, user: str = "postgres", password: str = "", database: str = "postgres") -> psycopg.Connection:
        password = password or secrets.read(self.conductor.stack, "postgres-password")
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=user, password=password, dbname=database, autocommit=True
        )

    def bootstrap(self, *, user: str, password: str, **more: str) -> subprocess.CompletedProcess[str]:
        """The command, as an operator types it."""
        conninfo = f"host=127.0.0.1 port={self.port} user={user} dbname=postgres"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, PROJECT / "manage.py", "bootstrap_roles", f"--conninfo={conninfo}"],
            env=kept | {"PGPASSWORD": password} | (more or PASSWORDS),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command as the migrations' role."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, PROJECT / "manage.py", *words],
            env=kept
            | {
                "NOZBE_ENVIRONMENT": "test",
                "NOZBE_SITE": "migrate",
                "NOZBE_SECRET_KEY": "of-a-test",
                "NOZBE_DATABASE_HOST": "127.0.0.1",
                "NOZBE_DATABASE_PORT": str(self.port),
                "NOZBE_DATABASE_PASSWORD": "of-nz_migrate",
                "NOZBE_DATABASE_COUNTRY": "IE",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def allow(self, role: str) -> None:
        """Let a role that is not ours sign in, as a managed server does."""
        hba = self.conductor.stack.path("config", "pg_hba.conf")
        hba.write_text(f"host all {role} 127.0.0.1/32 scram-sha-256\n" + hba.read_text())
        with self.connect() as session:
            session.execute("SELECT pg_reload_conf()")

    def roles(self) -> dict[str, tuple[bool, bool, bool, bool]]:
        """Name → (may sign in, superuser, may create roles, may create databases) of every role but the server's."""
        query = (
            "SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname !~ '^pg_'"
        )
        with self.connect() as session:
            return {row[0]: row[1:] for row in session.execute(query)}

    def memberships(self) -> set[tuple[str, str, bool, bool]]:
        """(member, group, inherits, may SET ROLE)."""
        query = """
            SELECT m.rolname, g.rolname, inherit_option, set_option FROM pg_auth_members
            JOIN pg_roles m ON m.oid = member JOIN pg_roles g ON g.oid = roleid
            WHERE (g.rolname !~ '^pg_' OR m.rolname !~ '^pg_') AND (inherit_option OR set_option)
        """
        with self.connect() as session:
            return set(session.execute(query).fetchall())


@pytest.fixture
def cluster(tmp_path):
    conductor = Conductor(Stack(var=tmp_path / "var", port=8000, durable=False), out=sys.stderr)
    try:
        conductor.lay_out(with_sites=False)
        conductor.start_and_wait("postgresql")
        yield Cluster(conductor)
    finally:
        conductor.stop()


EXPECTED_ROLES = {role.name: (role.login, False, False, False) for role in ROLES}
EXPECTED_MEMBERSHIPS = {
    ("nz_migrate", "nz_owner", False, True),
    ("nz_migrate", "nz_audit_owner", False, True),
    *((f"dba_seat_{slot}", "dba_read", True, False) for slot in range(1, 5)),
}


def test_a_superuser_makes_every_role_and_doing_it_again_changes_nothing(cluster):
    password = secrets.read(cluster.conductor.stack, "postgres-password")
    first = cluster.bootstrap(user="postgres", password=password)
    assert first.returncode == 0, first.stderr
    before = (cluster.roles(), cluster.memberships())
    assert cluster.roles() == EXPECTED_ROLES | {"postgres": (True, True, True, True)}
    assert cluster.memberships() == EXPECTED_MEMBERSHIPS

    second = cluster.bootstrap(user="postgres", password=password)
    assert second.returncode == 0, second.stderr
    assert "created" not in second.stdout
    assert (cluster.roles(), cluster.memberships()) == before

    for role in (role.name for role in ROLES if role.login):
        cluster.connect(user=role, password=f"of-{role}", database="postgres").close()


def test_a_managed_server_without_superuser_gets_the_same_roles_and_is_migrated(cluster):
    with cluster.connect() as session:
        session.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB PASSWORD 'of-manager'")
    cluster.allow("manager")
    answer = cluster.bootstrap(user="manager", password="of-manager")
    assert answer.returncode == 0, answer.stderr
    roles = cluster.roles()
    assert {name: roles[name] for name in EXPECTED_ROLES} == EXPECTED_ROLES
    assert {row for row in cluster.memberships() if row[0] != "manager"} == EXPECTED_MEMBERSHIPS
    assert not [row for row in cluster.memberships() if row[0] == "manager"], "it may still act as our roles"
    with cluster.connect() as session:
        owner = session.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'nozbe'").fetchone()
    assert owner == ("nz_owner",)
    assert cluster.bootstrap(user="manager", password="of-manager").returncode == 0

    migrated = cluster.manage("migrate", "--verbosity=0")
    assert migrated.returncode == 0, migrated.stderr
    with cluster.connect(user="nz_app", password="of-nz_app", database="nozbe") as session:
        assert session.execute("SELECT count(*) FROM accounts_account").fetchone() == (0,)


def test_what_somebody_loosened_by_hand_is_put_right(cluster):
    password = secrets.read(cluster.conductor.stack, "postgres-password")
    cluster.bootstrap(user="postgres", password=password)
    with cluster.connect() as session:
        session.execute("ALTER ROLE nz_owner LOGIN CREATEROLE")
        session.execute("ALTER ROLE nz_app CREATEDB")
        session.execute("ALTER ROLE nz_app SET default_transaction_read_only = on")
        session.execute("ALTER DATABASE nozbe OWNER TO postgres")
        session.execute("ALTER ROLE nz_support SUPERUSER BYPASSRLS REPLICATION")
        session.execute("GRANT nz_owner TO nz_app")
        session.execute("GRANT dba_rw TO dba_seat_1")
        session.execute("CREATE ROLE fifth LOGIN")
        session.execute("GRANT dba_read TO fifth")
        session.execute("GRANT pg_read_all_data TO nz_support")
    answer = cluster.bootstrap(user="postgres", password=password)
    assert answer.returncode == 0, answer.stderr
    assert "took dba_read from fifth" in answer.stdout
    assert "gave database nozbe from postgres to nz_owner" in answer.stdout
    with cluster.connect(user="nz_app", password="of-nz_app") as session:
        assert session.execute("SHOW default_transaction_read_only").fetchone() == ("off",)
    assert "took pg_read_all_data from nz_support" in answer.stdout
    fifth = {"fifth": (True, False, False, False)}
    assert cluster.roles() == EXPECTED_ROLES | {"postgres": (True, True, True, True)} | fifth
    assert cluster.memberships() == EXPECTED_MEMBERSHIPS


def test_who_may_not_create_roles_is_told_and_nothing_changes(cluster):
    with cluster.connect() as session:
        session.execute("CREATE ROLE nobody LOGIN PASSWORD 'of-nobody'")
    cluster.allow("nobody")
    before = cluster.roles()
    answer = cluster.bootstrap(user="nobody", password="of-nobody")
    assert answer.returncode != 0
    assert "Nothing was changed: the connecting role needs CREATEROLE and CREATEDB" in answer.stderr
    assert cluster.roles() == before


def test_a_password_file_that_cannot_be_read_changes_nothing(cluster):
    password = secrets.read(cluster.conductor.stack, "postgres-password")
    before = cluster.roles()
    answer = cluster.bootstrap(user="postgres", password=password, NOZBE_BOOTSTRAP_NZ_APP_PASSWORD_FILE="nowhere")
    assert answer.returncode != 0
    assert "Nothing was changed: NOZBE_BOOTSTRAP_NZ_APP_PASSWORD_FILE points to nowhere" in answer.stderr
    assert cluster.roles() == before


def test_passwords_are_sent_as_verifiers_and_those_not_given_stay(cluster):
    password = secrets.read(cluster.conductor.stack, "postgres-password")
    with cluster.connect() as session:
        session.execute("ALTER SYSTEM SET log_statement = 'all'")
        session.execute("SELECT pg_reload_conf()")
    cluster.bootstrap(user="postgres", password=password)
    log = cluster.conductor.stack.path("logs", "postgresql.log").read_text()
    assert "ALTER ROLE" in log, "nothing was logged, so this test shows nothing"
    assert "of-nz_app" not in log

    answer = cluster.bootstrap(user="postgres", password=password, NOZBE_BOOTSTRAP_NZ_APP_PASSWORD="a-new-one")
    assert "nz_support keeps its password" in answer.stdout
    cluster.connect(user="nz_app", password="a-new-one").close()
    cluster.connect(user="nz_support", password="of-nz_support").close()
    with pytest.raises(psycopg.OperationalError):
        cluster.connect(user="nz_app", password="of-nz_app")


def test_the_seats_of_administrators_cannot_sign_in(cluster):
    password = secrets.read(cluster.conductor.stack, "postgres-password")
    cluster.bootstrap(user="postgres", password=password)
    with cluster.connect() as session:
        session.execute("ALTER ROLE dba_seat_1 LOGIN PASSWORD 'stolen'")
    with pytest.raises(psycopg.OperationalError, match="pg_hba"):
        cluster.connect(user="dba_seat_1", password="stolen", database="nozbe")

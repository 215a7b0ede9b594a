"""Production refuses to start with a mistake, by name: each kind of process with one, and one mistake at a time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nozbe.checks import EXIT_MISCONFIGURED
from tests.environments import PRODUCTION
from tests.nozbe.preloaded import Preloaded

PROJECT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent

OPENID = {
    "NOZBE_OIDC_NAME": "Example",
    "NOZBE_OIDC_SERVER": "https://login.nozbe.example",
    "NOZBE_OIDC_CLIENT_ID": "nozbe",
    "NOZBE_OIDC_CLIENT_SECRET": "a-long-secret-of-the-provider-for-us",
}
MISTAKES = {
    "debug": ({"NOZBE_DEBUG": "true"}, "nozbe.E004"),
    "no secret key": ({"NOZBE_SECRET_KEY": None}, "nozbe.E002"),
    "no database password": ({"NOZBE_DATABASE_PASSWORD": None}, "nozbe.E002"),
    "no queue": ({"NOZBE_VALKEY_URL": None}, "nozbe.E002"),
    "no key-server token": ({"NOZBE_KEY_SERVER_TOKEN": None}, "nozbe.E002"),
    "no store secret": ({"NOZBE_STORE_PARIS_SECRET_KEY": None}, "nozbe.E002"),
    "a secret file that is not there": ({"NOZBE_SECRET_KEY": None, "NOZBE_SECRET_KEY_FILE": "nowhere"}, "nozbe.E001"),
    "a secret and its file": ({"NOZBE_SECRET_KEY_FILE": "README.md"}, "nozbe.E001"),
    "a port that is no number": ({"NOZBE_EMAIL_PORT": "smtp"}, "nozbe.E001"),
    "a switch that is neither on nor off": ({"NOZBE_DEBUG": "perhaps"}, "nozbe.E001"),
    "a site that does not exist": ({"NOZBE_SITE": "admin"}, "nozbe.E001"),
    "an environment that does not exist": ({"NOZBE_ENVIRONMENT": "staging"}, "nozbe.E001"),
    "a local secret key": ({"NOZBE_SECRET_KEY": "local-" + "x" * 60}, "nozbe.E003"),
    "a local database password": ({"NOZBE_DATABASE_PASSWORD": "local-password"}, "nozbe.E003"),
    "a local queue password": ({"NOZBE_VALKEY_URL": "redis://:local-password@127.0.0.1:1/0"}, "nozbe.E003"),
    "a local store secret": ({"NOZBE_STORE_IRELAND_SECRET_KEY": "local-secret"}, "nozbe.E003"),
    "a local key-server token": ({"NOZBE_KEY_SERVER_TOKEN": "local-token"}, "nozbe.E003"),
    "a local secret key that still counts": ({"NOZBE_SECRET_KEY_FALLBACKS": "x" * 60 + ",local-old"}, "nozbe.E003"),
    "a local mail password": ({"NOZBE_EMAIL_PASSWORD": "local-mail"}, "nozbe.E003"),
    "a local access key": ({"NOZBE_STORE_PARIS_ACCESS_KEY": "local-access"}, "nozbe.E003"),
    "no database": ({"NOZBE_DATABASE_HOST": None}, "nozbe.E011"),
    "no key server": ({"NOZBE_KEY_SERVER_URL": None}, "nozbe.E011"),
    "no access key": ({"NOZBE_STORE_PARIS_ACCESS_KEY": None}, "nozbe.E002"),
    "a queue without password": ({"NOZBE_VALKEY_URL": "redis://queue.nozbe.example:6379/0"}, "nozbe.E002"),
    "a queue that is no address": ({"NOZBE_VALKEY_URL": "hello"}, "nozbe.E002"),
    "a short secret key that still counts": ({"NOZBE_SECRET_KEY_FALLBACKS": "x"}, "nozbe.E003"),
    "two databases, one of them in Virginia": (
        {"NOZBE_DATABASE_HOST": "b.c1.us-east-1.rds.amazonaws.com,a.c1.eu-west-1.rds.amazonaws.com"},
        "nozbe.E005",
    ),
    "a database in Virginia with a final dot": (
        {"NOZBE_DATABASE_HOST": "a.c1.us-east-1.rds.amazonaws.com."},
        "nozbe.E005",
    ),
    "a store in Virginia with a final dot": (
        {"NOZBE_STORE_PARIS_ENDPOINT": "https://s3.us-east-1.amazonaws.com."},
        "nozbe.E006",
    ),
    "a store without a scheme": ({"NOZBE_STORE_PARIS_ENDPOINT": "s3.us-east-1.amazonaws.com"}, "nozbe.E006"),
    "a key server in clear": ({"NOZBE_KEY_SERVER_URL": "http://keys.nozbe.example"}, "nozbe.E010"),
    "a store in clear": ({"NOZBE_STORE_PARIS_ENDPOINT": "http://s3.nozbe.example"}, "nozbe.E010"),
    "a libpq address": ({"PGHOSTADDR": "203.0.113.9"}, "nozbe.E012"),
    "a libpq service": ({"PGSERVICE": "elsewhere"}, "nozbe.E012"),
    "mail that is kept": ({"NOZBE_EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}, "nozbe.E013"),
    "addresses that nobody has proved": ({"NOZBE_EMAIL_VERIFICATION": "optional"}, "nozbe.E015"),
    "half a provider": ({"NOZBE_OIDC_NAME": "Example"}, "nozbe.E016"),
    "a provider in clear": (OPENID | {"NOZBE_OIDC_SERVER": "http://login.nozbe.example"}, "nozbe.E016"),
    "a local secret at a provider": (OPENID | {"NOZBE_OIDC_CLIENT_SECRET": "local-secret"}, "nozbe.E003"),
    "a store with a word of Django's": (
        {
            "NOZBE_STORES": "default,paris",
            "NOZBE_STORE_DEFAULT_COUNTRY": "IE",
            "NOZBE_STORE_DEFAULT_REGION": "eu-west-1",
            "NOZBE_STORE_DEFAULT_BUCKET": "nozbe",
            "NOZBE_STORE_DEFAULT_ACCESS_KEY": "key",
            "NOZBE_STORE_DEFAULT_SECRET_KEY": "secret",
        },
        "nozbe.E007",
    ),
    "no bucket": ({"NOZBE_STORE_PARIS_BUCKET": None}, "nozbe.E011"),
    "a short secret key": ({"NOZBE_SECRET_KEY": "too-short"}, "nozbe.E003"),
    "a database in the United States": ({"NOZBE_DATABASE_COUNTRY": "US"}, "nozbe.E005"),
    "a database in the United Kingdom": ({"NOZBE_DATABASE_COUNTRY": "GB"}, "nozbe.E005"),
    "a database nobody knows where": ({"NOZBE_DATABASE_COUNTRY": None}, "nozbe.E005"),
    "a database that says Ireland and is in London": (
        {"NOZBE_DATABASE_HOST": "nozbe.cabc123.eu-west-2.rds.amazonaws.com"},
        "nozbe.E005",
    ),
    "a database that is called Ireland and is in Virginia": (
        {"NOZBE_DATABASE_HOST": "nozbe-eu-west-1.abc.us-east-1.rds.amazonaws.com"},
        "nozbe.E005",
    ),
    "a store in Zurich": ({"NOZBE_STORE_PARIS_COUNTRY": "CH"}, "nozbe.E006"),
    "a store that says France and is in Zurich": ({"NOZBE_STORE_PARIS_REGION": "eu-central-2"}, "nozbe.E006"),
    "a store that says France and is in Virginia": ({"NOZBE_STORE_PARIS_REGION": "us-east-1"}, "nozbe.E006"),
    "a store whose address is in London": (
        {"NOZBE_STORE_PARIS_ENDPOINT": "https://s3.eu-west-2.amazonaws.com"},
        "nozbe.E006",
    ),
    "a store nobody knows where": ({"NOZBE_STORE_IRELAND_COUNTRY": None}, "nozbe.E006"),
    "one store": ({"NOZBE_STORES": "ireland"}, "nozbe.E007"),
    "no store": ({"NOZBE_STORES": None}, "nozbe.E007"),
    "two stores in one country": (
        {"NOZBE_STORE_PARIS_COUNTRY": "IE", "NOZBE_STORE_PARIS_REGION": "eu-west-1"},
        "nozbe.E007",
    ),
    "two stores with one secret": ({"NOZBE_STORE_PARIS_SECRET_KEY": "a-secret-key"}, "nozbe.E007"),
    "no second store": ({"NOZBE_SECOND_STORE": None}, "nozbe.E014"),
    "a second store beside the database": ({"NOZBE_SECOND_STORE": "ireland"}, "nozbe.E014"),
    "a second store that is none of the stores": ({"NOZBE_SECOND_STORE": "frankfurt"}, "nozbe.E014"),
    "no bucket for the record": ({"NOZBE_RECORD_BUCKET": None}, "nozbe.E011"),
    "no bucket for the key server's snapshots": ({"NOZBE_KEY_SNAPSHOT_BUCKET": None}, "nozbe.E011"),
    "files in the record's bucket": ({"NOZBE_RECORD_BUCKET": "nozbe-files-fr"}, "nozbe.E014"),
    "a trash that is emptied too early": ({"NOZBE_TRASH_RETENTION_DAYS": "29"}, "nozbe.E017"),
    "a trash that is emptied too late": ({"NOZBE_TRASH_RETENTION_DAYS": "31"}, "nozbe.E017"),
    "a trash that is emptied at once": ({"NOZBE_TRASH_RETENTION_DAYS": "0"}, "nozbe.E017"),
    "no origin": ({"NOZBE_ORIGIN": None}, "nozbe.E008"),
    "an origin without encryption": ({"NOZBE_ORIGIN": "http://app.nozbe.example"}, "nozbe.E008"),
    "an origin that is a path": ({"NOZBE_ORIGIN": "https://app.nozbe.example/nozbe"}, "nozbe.E008"),
    "any host": ({"NOZBE_HOSTS": "*"}, "nozbe.E008"),
    "a console with a key-server token": ({"NOZBE_SITE": "console"}, "nozbe.E009"),
    "a support panel with the queue": ({"NOZBE_SITE": "backoffice"}, "nozbe.E009"),
    "a database in clear": (
        {"NOZBE_DATABASE_HOST": "db.nozbe.example", "NOZBE_DATABASE_SSLMODE": "prefer"},
        "nozbe.E010",
    ),
}


def spoilt(changes: dict[str, str | None]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | PRODUCTION | {name: value for name, value in changes.items() if value is not None}
    return {name: value for name, value in environment.items() if changes.get(name, "") is not None}


def run(command: list[object], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def serve(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What every web server does first."""
    return run([sys.executable, "-c", "import nozbe.wsgi; print('serving')"], environment)


@pytest.fixture(scope="session")
def preloaded():
    process = Preloaded()
    yield process
    process.end()


def test_production_starts_when_nothing_is_wrong(preloaded):
    for answer in (serve(spoilt({})), preloaded.serve(spoilt({}))):
        assert (answer.returncode, answer.stdout) == (0, "serving\n"), answer.stderr


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_id_and_a_hint(mistake, preloaded):
    changes, check_id = MISTAKES[mistake]
    answer = preloaded.serve(spoilt(changes))
    assert answer.returncode == EXIT_MISCONFIGURED, answer.stdout + answer.stderr
    assert answer.stdout == ""
    assert f"{check_id}: " in answer.stderr
    assert "Traceback" not in answer.stderr
    for name, value in spoilt(changes).items():
        if name.endswith(("PASSWORD", "SECRET_KEY", "TOKEN")):
            assert value not in answer.stderr


@pytest.mark.parametrize(
    "command",
    [
        [BIN / "uvicorn", "--port=1", "nozbe.asgi:application"],
        [BIN / "celery", "--app=nozbe.celery", "worker", "--pool=solo"],
        [BIN / "celery", "--app=nozbe.celery", "beat", "--pidfile="],
        [sys.executable, "manage.py", "migrate"],
        [sys.executable, "manage.py", "serve_metrics", "--port=1"],
        [sys.executable, "manage.py", "doctor"],
    ],
    ids=lambda command: " ".join(str(word).rsplit("/", 1)[-1] for word in command[:3]),
)
def test_every_kind_of_process_refuses(command):
    answer = run(command, spoilt({"NOZBE_DEBUG": "true"}))
    assert answer.returncode != 0
    assert "nozbe.E004" in answer.stderr + answer.stdout


def test_the_web_server_ends_instead_of_trying_again_for_ever():
    answer = run(
        [BIN / "granian", "--interface=wsgi", "--port=9", "--respawn-failed-workers", "nozbe.wsgi:application"],
        spoilt({"NOZBE_DEBUG": "true"}),
    )
    assert answer.returncode != 0
    assert "nozbe.E004" in answer.stderr + answer.stdout


def test_nothing_is_set_means_production_and_lists_every_missing_thing():
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    answer = serve(kept)
    assert answer.returncode == EXIT_MISCONFIGURED
    for check_id in ("nozbe.E002", "nozbe.E005", "nozbe.E007", "nozbe.E008"):
        assert check_id in answer.stderr


def test_a_database_outside_ireland_but_inside_the_area_is_only_warned_about():
    environment = spoilt({"NOZBE_DATABASE_COUNTRY": "DE"})
    assert serve(environment).returncode == 0
    answer = run([sys.executable, "manage.py", "check"], environment)
    assert answer.returncode == 0
    assert "nozbe.W001" in answer.stderr


def test_a_name_that_only_looks_like_a_local_secret_is_fine():
    answer = serve(spoilt({"NOZBE_VALKEY_URL": "redis://:a-password@cache.local-zone.example:6379/0"}))
    assert (answer.returncode, answer.stdout) == (0, "serving\n"), answer.stderr


@pytest.mark.parametrize("site", ["web", "backoffice", "console", "migrate"])
def test_secrets_come_from_files_too(tmp_path, site):
    file = tmp_path / "secret"
    file.write_text(PRODUCTION["NOZBE_SECRET_KEY"] + "\n")
    web_only = ("NOZBE_VALKEY_URL", "NOZBE_KEY_SERVER_TOKEN", "NOZBE_STORES")
    changes = {"NOZBE_SECRET_KEY": None, "NOZBE_SECRET_KEY_FILE": str(file), "NOZBE_SITE": site}
    if site != "web":
        changes |= dict.fromkeys(web_only)
    answer = serve(spoilt(changes))
    assert (answer.returncode, answer.stdout) == (0, "serving\n"), answer.stderr


def test_every_check_has_a_test_and_stands_in_the_operators_guide():
    source = PROJECT.joinpath("nozbe/checks.py").read_text()
    guide = PROJECT.joinpath("docs/operations.md").read_text()
    tested = {check_id for _, check_id in MISTAKES.values()} | {"nozbe.W001"}
    assert set(re.findall(r"nozbe\.[EW]\d{3}", source)) == tested
    assert all(check_id in guide for check_id in tested)

"""The environment of each process: exactly the settings and secrets it needs, secrets by file.

The same variables configure a real host; here they are also written to `environment/<process>.env` for
`manage.py local`. Who has which credential is the point: see docs/decisions/0002.
"""

from __future__ import annotations

import os

from nozbe.local import openbao, seaweedfs, secrets, valkey
from nozbe.local.ports import HOST
from nozbe.local.postgresql import DATABASE
from nozbe.local.stack import Stack
from nozbe.sites import SITES

POOLED = {"web": 6, "uploads": 16, "backoffice": 2, "console": 2}
"""Database connections of a process that answers requests in threads."""


def of_site(stack: Stack, ports: dict[str, int], site: str) -> dict[str, str]:
    """What the processes of one site get. Commands of `migrate` run with its too."""
    rights = SITES[site]
    environment = {
        "NOZBE_ENVIRONMENT": "local",
        "NOZBE_SITE": site,
        "NOZBE_SECRET_KEY_FILE": str(stack.secret_file(f"{site}-secret-key")),
        "NOZBE_ORIGIN": f"http://localhost:{stack.ports.get(site, stack.port)}",  # passkeys need a name, not an address
        "NOZBE_HOSTS": f"{HOST},localhost",
        "NOZBE_DATABASE_HOST": HOST,
        "NOZBE_DATABASE_PORT": str(ports["postgresql"]),
        "NOZBE_DATABASE_NAME": DATABASE,
        "NOZBE_DATABASE_PASSWORD_FILE": str(stack.secret_file(f"{rights.database_role}-password")),
        "NOZBE_DATABASE_COUNTRY": "IE",
        "NOZBE_STATIC_ROOT": str(stack.path("static")),
        "PROMETHEUS_MULTIPROC_DIR": str(stack.path("metrics")),
    }
    if rights.uses_queue:
        environment["NOZBE_VALKEY_URL_FILE"] = str(stack.secret_file("valkey-url"))
    if rights.uses_key_server:
        environment["NOZBE_READY_KEYS"] = "50"
        environment["NOZBE_KEY_SERVER_URL"] = openbao.url(ports)
        environment["NOZBE_KEY_SERVER_TOKEN_FILE"] = str(stack.secret_file(openbao.TOKENS["web"]))
    if rights.uses_stores:
        environment |= _stores(stack, ports)
    if site == "web":
        environment |= {
            # Whoever tries it out need not look for a mail; NOZBE_EMAIL_VERIFICATION=mandatory is as production is.
            "NOZBE_EMAIL_VERIFICATION": os.environ.get("NOZBE_EMAIL_VERIFICATION", "optional"),
            "NOZBE_TRUSTED_PROXIES": "1",
            "NOZBE_EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "NOZBE_EMAIL_FILE_PATH": str(stack.path("mail")),
            "NOZBE_EMAIL_FROM": "Nozbe <nozbe@example.com>",
        }
    return environment


def of_worker(stack: Stack, ports: dict[str, int]) -> dict[str, str]:
    """The web site's, with a key-server token that may also destroy keys."""
    token = stack.secret_file(openbao.TOKENS["worker"])
    return of_site(stack, ports, "web") | {"NOZBE_KEY_SERVER_TOKEN_FILE": str(token)}


def write_files(stack: Stack, ports: dict[str, int]) -> None:
    """Write each site's environment to a file, and the one secret that is made of others."""
    secrets.write(stack.secret_file("valkey-url"), valkey.url(stack, ports))
    for site in SITES:
        lines = [f"{name}={value}" for name, value in sorted(of_site(stack, ports, site).items())]
        secrets.write(stack.path("environment", f"{site}.env"), "\n".join([*lines, ""]))


def read_file(stack: Stack, site: str) -> dict[str, str]:
    lines = stack.path("environment", f"{site}.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def _stores(stack: Stack, ports: dict[str, int]) -> dict[str, str]:
    environment = {
        "NOZBE_STORES": ",".join(seaweedfs.COUNTRIES),
        "NOZBE_SECOND_STORE": seaweedfs.SECOND,
        "NOZBE_RECORD_BUCKET": seaweedfs.RECORD_BUCKET,
        "NOZBE_KEY_SNAPSHOT_BUCKET": seaweedfs.KEY_SNAPSHOT_BUCKET,
        "NOZBE_RECORD_LOCK_DAYS": "30",
    }
    for store, country in seaweedfs.COUNTRIES.items():
        prefix = f"NOZBE_STORE_{store.upper()}"
        environment |= {
            f"{prefix}_COUNTRY": country,
            f"{prefix}_ENDPOINT": seaweedfs.endpoint(ports, store),
            f"{prefix}_REGION": store,
            f"{prefix}_BUCKET": seaweedfs.BUCKET,
            f"{prefix}_ACCESS_KEY_FILE": str(stack.secret_file(f"{store}-access-key")),
            f"{prefix}_SECRET_KEY_FILE": str(stack.secret_file(f"{store}-secret-key")),
        }
    return environment

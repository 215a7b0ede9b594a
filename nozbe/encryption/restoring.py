"""Putting a key server back from a snapshot, so that what was destroyed since is destroyed before anybody is let in.

A snapshot brings back the keys that were destroyed after it, and the tokens of its day. So it goes into a key server
that no app reaches yet, and there, in this order: the snapshot, every old token ended, every key of the ledger
destroyed and seen to be gone. Only then does an operator give out new tokens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import hvac
import requests
from hvac.exceptions import VaultError

from nozbe.encryption.destruction import end_key
from nozbe.encryption.keyring.openbao import OpenBao
from nozbe.keyserver import KeyServer, KeyServerUnavailable

AWAKE_SECONDS = 60
ENDED_POLICIES = frozenset({"web", "worker", "desk"})


def put_back(snapshot: bytes, *, url: str, token: str, token_after: str, destroyed: Iterable[str]) -> dict[str, int]:
    """Returns how many tokens were ended and how many keys of the ledger are gone.

    `token` may do anything on the key server as it is, `token_after` on the one in the snapshot. Raises
    KeyServerUnavailable, KeyServerRefused, and StillThere when a key would not go: then nobody may be let in.
    """
    names = list(destroyed)  # read the whole ledger before anything is brought back
    _restore(snapshot, url=url, token=token)
    client = hvac.Client(url=url, token=token_after)
    _wait_until(lambda: _is_awake(client))
    tokens = _end_tokens(client)
    service = OpenBao(KeyServer(url=url, token=token_after))
    for name in names:
        end_key(name, service)
    return {"tokens": tokens, "keys": len(names)}


def _restore(snapshot: bytes, *, url: str, token: str) -> None:
    try:
        answer = requests.post(
            f"{url}/v1/sys/storage/raft/snapshot-force", data=snapshot, headers={"X-Vault-Token": token}, timeout=60
        )
        answer.raise_for_status()
    except requests.RequestException:
        raise KeyServerUnavailable from None


def _end_tokens(client: hvac.Client) -> int:
    """End every token of the app's own policies; who holds one must be given a new one."""
    count = 0
    for accessor in client.auth.token.list_accessors()["data"]["keys"]:
        facts = client.auth.token.lookup_accessor(accessor)["data"]
        if ENDED_POLICIES & set(facts["policies"]):
            client.auth.token.revoke_accessor(accessor)
            count += 1
    return count


def _is_awake(client: hvac.Client) -> bool:
    try:
        return bool(client.is_authenticated()) and not client.sys.is_sealed()
    except (VaultError, requests.RequestException):
        return False


def _wait_until(awake: Callable[[], bool]) -> None:
    deadline = time.monotonic() + AWAKE_SECONDS
    while not awake():
        if time.monotonic() > deadline:
            raise KeyServerUnavailable
        time.sleep(0.1)

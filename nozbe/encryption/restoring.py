"""Putting a key server back from a snapshot, so that what was destroyed since is destroyed before anybody is let in.

A snapshot brings back the keys that were destroyed after it, and the tokens of its day. So it goes into a key server
that no app reaches yet, and there, in this order: the snapshot, every old token ended, every key of the ledger
destroyed and seen to be gone. Only then does an operator give out new tokens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import NamedTuple

import hvac
import requests
from hvac.exceptions import VaultError

from nozbe.encryption import ledger
from nozbe.encryption.destruction import end_key
from nozbe.encryption.keyring.openbao import OpenBao
from nozbe.keyserver import KeyServer, KeyServerRefused, KeyServerUnavailable
from nozbe.signing import public_keys

AWAKE_SECONDS = 60
ENDED_POLICIES = frozenset({"web", "worker", "desk"})


class PutBack(NamedTuple):
    tokens: int
    """How many old tokens were ended."""

    keys: int
    """How many keys of the ledger are gone."""

    unsigned: int
    """Lines of the ledger that are not ours. They were ignored; somebody wrote them."""


def put_back(snapshot: bytes, *, url: str, token: str, token_after: str, lines: Iterable[ledger.Line]) -> PutBack:
    """`token` may do anything on the key server as it is, `token_after` on the one in the snapshot.

    Raises KeyServerUnavailable, KeyServerRefused, and StillThere when a key would not go: then nobody may be let in,
    and it can be called again with the same words.
    """
    lines = list(lines)  # the whole ledger is there before anything is brought back
    _restore(snapshot, url=url, tokens=(token, token_after))
    client = hvac.Client(url=url, token=token_after)
    _wait_until(lambda: _is_awake(client))
    ended = _end_tokens(client)
    server = KeyServer(url=url, token=token_after)
    names = list(ledger.verified(lines, by=public_keys(server)))
    destroyed = sorted(set(names))
    for name in destroyed:
        end_key(name, OpenBao(server))
    return PutBack(ended, len(destroyed), len(lines) - len(names))


def _restore(snapshot: bytes, *, url: str, tokens: Iterable[str]) -> None:
    """With the first token that may: the later one, when an earlier attempt came this far."""
    for token in dict.fromkeys(tokens):
        headers = {"X-Vault-Token": token}
        try:
            answer = requests.post(
                f"{url}/v1/sys/storage/raft/snapshot-force", data=snapshot, headers=headers, timeout=60
            )
            if answer.status_code != HTTPStatus.FORBIDDEN:
                answer.raise_for_status()
                return
        except requests.RequestException:
            raise KeyServerUnavailable from None
    raise KeyServerRefused


def _end_tokens(client: hvac.Client) -> int:
    """End every token of the app's own policies; who holds one must be given a new one."""
    count = 0
    try:
        for accessor in client.auth.token.list_accessors()["data"]["keys"]:
            facts = client.auth.token.lookup_accessor(accessor)["data"]
            if ENDED_POLICIES & set(facts["policies"]):
                client.auth.token.revoke_accessor(accessor)
                count += 1
    except (VaultError, requests.RequestException):
        raise KeyServerUnavailable from None
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

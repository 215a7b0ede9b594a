"""The way to the key server: OpenBao's API by hvac, with its refusals told apart. Knows no key and keeps no answer.

`nozbe.encryption.keyring`, `nozbe.signing` and the doctor speak through this, nobody else (import contract).
hvac is imported when it is first used: most processes never do, and it takes long to load.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings

from nozbe.errors import DomainError

if TYPE_CHECKING:
    from hvac.exceptions import VaultError

TIMEOUT_SECONDS = 3
SNAPSHOT_TIMEOUT_SECONDS = 60
RENEW_AFTER_SECONDS = 6 * 3600
MISSING = ("encryption key not found", "key not found", "no existing key named")


class KeyServerUnavailable(DomainError):
    """The key server does not answer. Nothing was written in clear and nothing is lost: try again."""

    code = "key_server_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The key server does not answer. Nothing is lost; please try again in a moment.")


class NoSuchKey(Exception):
    """The key was destroyed, or never made. What it sealed stays sealed."""


class KeyServerRefused(Exception):
    """Our token may not do that: a mistake of whoever set the policies, or of ours."""


class BadRequest(Exception):
    """The key server made no sense of what it was given, such as a damaged ciphertext."""


class KeyServer:
    """One token's connection. Every method raises KeyServerUnavailable when the server is silent.

    Texts of the server are not passed on: they could quote keys. A token lives for a period (OpenBao, "Token periods")
    and is renewed by whoever uses it, `RENEW_AFTER_SECONDS` after it last was.
    """

    def __init__(self, *, url: str, token: str, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        import hvac

        self._client = hvac.Client(url=url, token=token, timeout=timeout_seconds)
        self._renew_at = 0.0

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The `data` of the answer. Raises KeyServerRefused, NoSuchKey or BadRequest."""
        return self._ask("post", path, json=body)

    def get(self, path: str) -> dict[str, Any]:
        """The `data` of the answer. Raises as `post`."""
        return self._ask("get", path)

    def delete(self, path: str) -> None:
        """Raises as `post`."""
        self._ask("delete", path)

    def snapshot(self) -> Iterator[bytes]:
        """The whole storage of the server, sealed by its own root key, in pieces (API, "/sys/storage/raft")."""
        import requests

        try:
            answer = self._client.adapter.session.get(
                f"{self._client.url}/v1/sys/storage/raft/snapshot",
                headers={"X-Vault-Token": self._client.token},
                timeout=SNAPSHOT_TIMEOUT_SECONDS,
                stream=True,
            )
            with answer:
                if answer.status_code == HTTPStatus.FORBIDDEN:
                    raise KeyServerRefused
                answer.raise_for_status()
                yield from answer.iter_content(1 << 16)
        except requests.RequestException:
            raise KeyServerUnavailable from None

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        self._renew()
        return self._request(method, path, **options)

    def _renew(self) -> None:
        if time.monotonic() < self._renew_at:
            return
        self._renew_at = time.monotonic() + RENEW_AFTER_SECONDS
        try:
            self._request("post", "auth/token/renew-self", json={})
        except (BadRequest, KeyServerRefused):
            pass  # a token without a period, such as an operator's; one that is no good shows itself at once
        except KeyServerUnavailable:
            self._renew_at = 0.0
            raise

    def _request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        import requests
        from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, VaultError

        try:
            answer = getattr(self._client.adapter, method)(f"/v1/{path}", **options)
        except requests.RequestException:
            raise KeyServerUnavailable from None
        except Forbidden:
            raise KeyServerRefused from None
        except (InvalidPath, InvalidRequest) as refusal:
            raise _what_it_means(refusal) from None
        except VaultError:  # 429, 5xx: it is sealed, overloaded, or a proxy in front of it has lost it
            raise KeyServerUnavailable from None
        if isinstance(answer, dict):
            return dict(answer.get("data") or {})
        if answer.status_code == HTTPStatus.NO_CONTENT:
            return {}
        raise KeyServerUnavailable  # a page of something else that stands at its address


def key_server() -> KeyServer:
    """This thread's connection, by the settings of this process."""
    where = (settings.KEY_SERVER_URL, settings.KEY_SERVER_TOKEN)
    if getattr(_connections, "where", None) != where:
        _connections.where = where
        _connections.key_server = KeyServer(url=where[0], token=where[1])
    existing: KeyServer = _connections.key_server
    return existing


def forget_connections() -> None:
    """Connect anew: after a fork, whose two processes must not speak on one socket."""
    global _connections
    _connections = threading.local()


_connections = threading.local()
os.register_at_fork(after_in_child=forget_connections)


def _what_it_means(refusal: VaultError) -> Exception:
    """Only the key server's own words say that a key is gone; any other 404 is somebody else's, such as a proxy's."""
    answer = refusal.json if isinstance(refusal.json, dict) else {}
    if not {"errors", "request_id"} & answer.keys():
        return KeyServerUnavailable()
    said = str(refusal).lower()
    if any(words in said for words in MISSING):
        return NoSuchKey()
    if type(refusal).__name__ == "InvalidPath":  # an empty list is its way to say so; words mean another mistake
        return KeyServerUnavailable() if answer.get("errors") else NoSuchKey()
    return BadRequest()

"""The key service by OpenBao's transit engine (OpenBao API, "Transit secrets engine").

What a token may do is decided by the policies beside this file, not here: transit makes a missing key anew when
somebody with `create` on `datakey` or `encrypt` asks for it, and a destroyed team would be reborn. So nobody has that.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import hvac
import requests
from hvac.exceptions import Forbidden, InternalServerError, InvalidPath, InvalidRequest, VaultDown, VaultError

from nozbe.encryption.keyring.service import CannotUnwrap, DataKey, KeyServerRefused, KeyServerUnavailable, NoSuchKey

TIMEOUT_SECONDS = 3
MISSING = ("encryption key not found", "key not found", "no existing key named")


class OpenBao:
    def __init__(self, *, url: str, token: str, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        self._client = hvac.Client(url=url, token=token, timeout=timeout_seconds)

    def create_key(self, name: str) -> None:
        self._ask(f"keys/{name}", {"type": "aes256-gcm96"})

    def new_data_key(self, name: str) -> DataKey:
        try:
            data = self._ask(f"datakey/plaintext/{name}", {"bits": 256})
        except KeyServerRefused:
            # The server takes it for an attempt to make the key, which no token of ours may.
            raise NoSuchKey from None
        return DataKey(base64.b64decode(data["plaintext"]), data["ciphertext"])

    def unwrap_many(self, name: str, wrapped: Sequence[str]) -> list[bytes]:
        return [base64.b64decode(value) for value in self._batch("decrypt", name, wrapped, answer="plaintext")]

    def rewrap_many(self, name: str, wrapped: Sequence[str]) -> list[str]:
        return self._batch("rewrap", name, wrapped, answer="ciphertext")

    def destroy_key(self, name: str) -> None:
        try:
            self._ask(f"keys/{name}/config", {"deletion_allowed": True})
        except NoSuchKey:
            return
        self._ask(f"keys/{name}", None)

    def _batch(self, verb: str, name: str, wrapped: Sequence[str], *, answer: str) -> list[str]:
        if not wrapped:
            return []
        items = [{"ciphertext": value} for value in wrapped]
        results = self._ask(f"{verb}/{name}", {"batch_input": items})["batch_results"]
        if any(result.get("error") for result in results):
            raise CannotUnwrap("a wrapped key is damaged or was wrapped by another key")
        return [result[answer] for result in results]

    def _ask(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """POST `body`, or DELETE when it is None. Texts of the server are not passed on: they could quote keys."""
        try:
            if body is None:
                self._client.adapter.delete(f"/v1/transit/{path}")
                return {}
            answer = self._client.adapter.post(f"/v1/transit/{path}", json=body)
        except (requests.RequestException, VaultDown, InternalServerError):
            raise KeyServerUnavailable from None
        except Forbidden:
            raise KeyServerRefused from None
        except InvalidPath:
            raise NoSuchKey from None
        except InvalidRequest as refusal:
            raise (NoSuchKey() if _is_missing(refusal) else CannotUnwrap("the key server refused it")) from None
        return dict(answer["data"] or {}) if isinstance(answer, dict) and "data" in answer else {}


def _is_missing(refusal: VaultError) -> bool:
    said = str(refusal).lower()
    return any(words in said for words in MISSING)

"""The key service by OpenBao's transit engine (OpenBao API, "Transit secrets engine").

What a token may do is decided by the policies beside this file, not here: transit makes a missing key anew when
somebody with `create` on `datakey` or `encrypt` asks for it, and a destroyed team would be reborn. So nobody has that.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from nozbe.encryption.keyring.service import CannotUnwrap, DataKey
from nozbe.keyserver import BadRequest, KeyServer, KeyServerRefused, NoSuchKey


class OpenBao:
    def __init__(self, server: KeyServer) -> None:
        self._server = server

    def create_key(self, name: str) -> None:
        self._server.post(f"transit/keys/{name}", {"type": "aes256-gcm96"})

    def new_data_key(self, name: str) -> DataKey:
        try:
            data = self._server.post(f"transit/datakey/plaintext/{name}", {"bits": 256})
        except KeyServerRefused:
            # The server takes it for an attempt to make the key, which no token of ours may.
            raise NoSuchKey from None
        return DataKey(base64.b64decode(data["plaintext"]), data["ciphertext"])

    def wrap(self, name: str, plaintext: bytes) -> str:
        body = {"plaintext": base64.b64encode(plaintext).decode()}
        try:
            return str(self._server.post(f"transit/encrypt/{name}", body)["ciphertext"])
        except KeyServerRefused:
            raise NoSuchKey from None  # as above

    def unwrap_many(self, name: str, wrapped: Sequence[str]) -> list[bytes]:
        return [base64.b64decode(value) for value in self._batch("decrypt", name, wrapped, answer="plaintext")]

    def rewrap_many(self, name: str, wrapped: Sequence[str]) -> list[str]:
        return self._batch("rewrap", name, wrapped, answer="ciphertext")

    def destroy_key(self, name: str) -> None:
        try:
            self._server.post(f"transit/keys/{name}/config", {"deletion_allowed": True})
        except NoSuchKey:
            return
        self._server.delete(f"transit/keys/{name}")

    def _batch(self, verb: str, name: str, wrapped: Sequence[str], *, answer: str) -> list[str]:
        if not wrapped:
            return []
        items = [{"ciphertext": value} for value in wrapped]
        try:
            results = self._server.post(f"transit/{verb}/{name}", {"batch_input": items})["batch_results"]
        except BadRequest:
            raise CannotUnwrap("the key server refused it") from None
        if any(result.get("error") for result in results):
            raise CannotUnwrap("a wrapped key is damaged or was wrapped by another key")
        return [result[answer] for result in results]

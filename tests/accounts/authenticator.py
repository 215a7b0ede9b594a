"""A passkey in software: answers what a page asks of it, as a browser with an authenticator would (W3C, Web
Authentication, sections 6.1 and 6.5). It can also misbehave."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

ORIGIN = "http://testserver"
FLAG = AuthenticatorData.FLAG


class Authenticator:
    def __init__(self, *, verifies: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.user_handle = ""
        self.flags = FLAG.UP | (FLAG.UV if verifies else FLAG(0))

    def create(self, options: dict, *, origin: str = ORIGIN) -> str:
        """What the page posts as `credential` for a new passkey."""
        asked = options["publicKey"]
        self.user_handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, public)
        authenticator = AuthenticatorData.create(_rp_hash(asked["rp"]["id"]), self.flags | FLAG.AT, 0, data)
        client = _client_data("webauthn.create", asked["challenge"], origin)
        return self._answer(
            clientDataJSON=client, attestationObject=bytes(AttestationObject.create("none", authenticator, {}))
        )

    def get(self, options: dict, *, origin: str = ORIGIN) -> str:
        """What the page posts as `credential` to prove that it is there."""
        asked = options["publicKey"]
        data = AuthenticatorData.create(_rp_hash(asked["rpId"]), self.flags, 1)
        client = _client_data("webauthn.get", asked["challenge"], origin)
        signature = self.key.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        handle = urlsafe_b64decode(self.user_handle + "==")
        return self._answer(
            clientDataJSON=client, authenticatorData=bytes(data), signature=signature, userHandle=handle
        )

    def _answer(self, **parts: bytes) -> str:
        return json.dumps(
            {
                "id": _text(self.credential_id),
                "rawId": _text(self.credential_id),
                "type": "public-key",
                "response": {name: _text(value) for name, value in parts.items()},
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return bytes(CollectedClientData.create(kind, challenge, origin))


def _rp_hash(rp_id: str) -> bytes:
    return hashlib.sha256(rp_id.encode()).digest()


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")

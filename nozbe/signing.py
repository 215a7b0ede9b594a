"""Signatures of the key server: Ed25519 (RFC 8032). The key never leaves it, and only the worker's token may sign."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from nozbe.keyserver import KeyServer, key_server

KEY = "record"


@dataclass(frozen=True)
class Signature:
    version: int
    """Of the key: it can be rotated, and its older versions still verify."""

    value: bytes


PublicKeys = dict[int, Ed25519PublicKey]


def sign(message: bytes) -> Signature:
    """Raises as `nozbe.keyserver.KeyServer.post`."""
    answer = key_server().post(f"transit/sign/{KEY}", {"input": b64encode(message).decode()})
    _vault, version, value = answer["signature"].split(":")  # such as vault:v1:…
    return Signature(int(version.removeprefix("v")), b64decode(value))


def public_keys(server: KeyServer | None = None) -> PublicKeys:
    """Every version of the key that the key server (ours, unless another is given) still knows."""
    versions = (server or key_server()).get(f"transit/keys/{KEY}")["keys"]
    return {
        int(version): Ed25519PublicKey.from_public_bytes(b64decode(key["public_key"]))
        for version, key in versions.items()
    }


def is_signed(message: bytes, signature: Signature, *, by: PublicKeys) -> bool:
    key = by.get(signature.version)
    if key is None:
        return False
    try:
        key.verify(signature.value, message)
    except InvalidSignature:
        return False
    return True

"""The ledger of destroyed keys, in the second store: what a key server that was put back must destroy again.

    destroyed-keys/<key>/<random>   {"body": {"kind", "key", "at"}, "version": 1, "signature": "…"}

A line is signed by the key server, so that nobody can have a living key destroyed by writing one, and locked, so that
nobody can take it out. Its name is random, so that nobody can be there before it. One that was hidden by deleting it
still counts.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from nozbe import second_store, signing
from nozbe.models import new_id
from nozbe.second_store import SecondStoreUnavailable
from nozbe.signing import PublicKeys, Signature

PREFIX = "destroyed-keys/"
KIND = "destroyed key"
KEY_NAME = re.compile(r"(team|account)-[0-9A-Za-z]{16}")


class Line(NamedTuple):
    key: str
    """As the line's name says; the signature must agree."""

    content: bytes


def write(key: str, *, at: datetime) -> None:
    """Note one key for ever. Twice is fine. Raises SecondStoreUnavailable, or as `signing.sign`."""
    body = json.dumps({"kind": KIND, "key": key, "at": at.isoformat()}, sort_keys=True)
    signature = signing.sign(body.encode())
    content = {"body": body, "version": signature.version, "signature": b64encode(signature.value).decode()}
    locked_until = timezone.now() + timedelta(days=settings.RECORD_LOCK_DAYS)
    name = f"{PREFIX}{key}/{new_id()}"
    if not second_store.put(settings.RECORD_BUCKET, name, json.dumps(content).encode(), locked_until=locked_until):
        raise SecondStoreUnavailable  # a name nobody can know was taken: try another


def read() -> list[Line]:
    """Every line and every version of it, as found: not to be believed before `verified`."""
    found = second_store.versions(settings.RECORD_BUCKET, prefix=PREFIX)
    return [
        Line(version.name.removeprefix(PREFIX).split("/")[0], _content(version))
        for version in found
        if not version.is_deletion
    ]


def verified(lines: Iterable[Line], *, by: PublicKeys) -> Iterator[str]:
    """Names of the keys whose line is signed by us; what is not says nothing."""
    for line in lines:
        if KEY_NAME.fullmatch(line.key) and _is_ours(line, by=by):
            yield line.key


def _is_ours(line: Line, *, by: PublicKeys) -> bool:
    try:
        content = json.loads(line.content)
        message = content["body"].encode()
        body = json.loads(message)
        signature = Signature(content["version"], b64decode(content["signature"]))
        said = (body["kind"], body["key"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return said == (KIND, line.key) and signing.is_signed(message, signature, by=by)


def _content(version: second_store.Version) -> bytes:
    return second_store.get(settings.RECORD_BUCKET, version.name, version_id=version.version_id)

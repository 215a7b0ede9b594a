"""A checkpoint: where the record ended at a moment, signed, and kept in another country where nobody can change it.

Its name says all that a comparison needs, so that a listing alone can be compared:
`checkpoints/2026-11-23/2026-11-23T15:10:00Z-000000000123-<hash>.json`. `restored/` is the place for signed documents
that explain, after a restore, why checkpoints are ahead of the database; nothing writes or reads them yet.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nozbe.audit.chain import Head
from nozbe.signing import PublicKeys, Signature, is_signed, sign

PREFIX = "checkpoints/"
NAME = re.compile(
    rf"{PREFIX}(?P<day>\d{{4}}-\d\d-\d\d)/(?P<at>(?P=day)T\d\d:\d\d:\d\dZ)-(?P<seq>\d{{12,18}})-(?P<hash>[0-9a-f]{{64}})\.json"
)
TIME = "%Y-%m-%dT%H:%M:%SZ"


class Forged(Exception):
    """A document that is not a checkpoint which the key server signed; the text says why."""


@dataclass(frozen=True)
class Checkpoint:
    at: datetime
    """In whole seconds, UTC."""

    head: Head
    previous: str | None = None
    """The name of the checkpoint that this one goes on from; not part of its own name."""

    @classmethod
    def from_name(cls, name: str) -> Checkpoint | None:
        """None for a name that is not a checkpoint's."""
        match = NAME.fullmatch(name)
        if match is None:
            return None
        try:
            at = datetime.strptime(match["at"], TIME).replace(tzinfo=UTC)
        except ValueError:
            return None
        checkpoint = cls(at, Head(int(match["seq"]), bytes.fromhex(match["hash"])))
        return checkpoint if checkpoint.name == name else None  # another spelling, such as of the year 1

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.at:%Y-%m-%d}/{self.at:{TIME}}-{self.head.seq:012d}-{self.head.hash.hex()}.json"

    def signed(self) -> bytes:
        """The document to be kept, signed by the key server."""
        document = self._document()
        signature = sign(canonical(document))
        value = b64encode(signature.value).decode()
        return canonical(document | {"signature": {"version": signature.version, "value": value}})

    def refuse_forgery(self, body: bytes, *, keys: PublicKeys) -> Checkpoint:
        """The checkpoint of this name with what only its document says. Raises Forged unless that is ours."""
        try:
            document = json.loads(body)
            told = document.pop("signature")
            signature = Signature(told["version"], b64decode(told["value"], validate=True))
            found = Checkpoint(self.at, self.head, document["previous"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Forged("is not a checkpoint's document") from error
        if document != found._document():
            raise Forged("says something else than its name")
        if not is_signed(canonical(document), signature, by=keys):
            raise Forged("has no valid signature")
        return found

    def _document(self) -> dict[str, Any]:
        return {
            "kind": "checkpoint",
            "seq": self.head.seq,
            "hash": self.head.hash.hex(),
            "at": f"{self.at:{TIME}}",
            "previous": self.previous,
        }


def canonical(document: dict[str, Any]) -> bytes:
    """The bytes that are signed: keys in order, no white space, ASCII; without the member `signature`."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

"""What an authenticator app on a phone does (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import struct
import time

STEP_SECONDS = 30
SECONDS_TO_TYPE = 3


def code_of(secret: str) -> str:
    """The code of this half minute, or of the next when this one is nearly over."""
    if (left := STEP_SECONDS - time.time() % STEP_SECONDS) < SECONDS_TO_TYPE:
        time.sleep(left + 0.1)
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // STEP_SECONDS), "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"

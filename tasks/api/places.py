"""Where a list from the newest on goes on: an opaque text, made of what the last row is ordered by.

`nozbe.api.listing` has lists from the oldest on.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from rest_framework.request import Request

from nozbe.api.refusals import Invalid

LONGEST = 400
"""Characters of a place."""


def write(*parts: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read(place: str, *kinds: Callable[[str], Any]) -> list[Any]:
    """The parts, each made into its kind, which raises ValueError for what it is not. Raises Invalid."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError(place)
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]
    except (ValueError, OverflowError, binascii.Error, RecursionError):
        detail = _("That is no place in this list. Use the `next` of the page before.")
        raise Invalid.field("after", code="invalid", detail=detail) from None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def identity(text: str) -> str:
    """What may be compared with an ID."""
    if not (text.isascii() and text.isalnum()):
        raise ValueError(text)
    return text


def number(text: str) -> int:
    """What may be compared with a bigint."""
    value = int(identity(text))
    if value >= 2**63:
        raise ValueError(text)
    return value


def following(request: Request, place: str) -> str:
    """The address of the next page."""
    query = request.query_params.dict() | {"after": place}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")

"""ETag, If-None-Match and If-Match on single resources (RFC 9110, 8.8.3 and 13.1)."""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from nozbe.errors import DomainError

ENTITY_TAG = re.compile(r'(?:W/)?"[^"]*"')


class ChangedMeanwhile(DomainError):
    """Somebody else changed it since the caller looked."""

    code = "changed_meanwhile"
    status = HTTPStatus.PRECONDITION_FAILED

    def __init__(self) -> None:
        super().__init__(_("It was changed by somebody else meanwhile. Look again, then decide. Nothing was changed."))


def etag_of(representation: dict[str, Any]) -> str:
    """A strong entity tag: of what is said about the resource, not of the bytes it is said in."""
    text = json.dumps(representation, sort_keys=True, cls=JSONEncoder)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def answer_single(request: Request, representation: dict[str, Any], *, status: int = HTTPStatus.OK) -> Response:
    """The resource with its tag; 304 for a reader who has this very state."""
    tag = etag_of(representation)
    asked = request.headers.get("If-None-Match")
    if request.method in ("GET", "HEAD") and asked is not None and _names(asked, tag, weakly=True):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    return Response(representation, status=status, headers={"ETag": tag})


def refuse_if_changed(request: Request, representation: dict[str, Any]) -> None:
    """Raises ChangedMeanwhile when the caller said which state to change, and it is another one now.

    `representation` must have been read under the lock under which it is then changed.
    """
    expected = request.headers.get("If-Match")
    if expected is not None and not _names(expected, etag_of(representation), weakly=False):
        raise ChangedMeanwhile


def _names(header: str, tag: str, *, weakly: bool) -> bool:
    if header.strip() == "*":
        return True
    tags = ENTITY_TAG.findall(header)
    return tag in tags or (weakly and f"W/{tag}" in tags)

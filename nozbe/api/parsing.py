from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from nozbe.api.refusals import TooLarge


class JsonParser(BaseParser):
    """JSON (RFC 8259) of one object, of a size that is known before it is read."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(limit)
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise ParseError(_("The request is not JSON in UTF-8. Nothing was changed."), code="malformed") from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity, which JSON has not

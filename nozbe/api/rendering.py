"""Answers as JSON, by orjson: several times faster than the standard library's, and with the same text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder


class OrjsonRenderer(JSONRenderer):
    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Moments in UTC end in Z, as everywhere."""
        return b"" if data is None else orjson.dumps(data, default=_other, option=orjson.OPT_UTC_Z)


def _other(value: Any) -> Any:
    return str(value) if isinstance(value, Promise) else JSONEncoder().default(value)

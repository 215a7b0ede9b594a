from __future__ import annotations

from django.urls import register_converter

from nozbe.models import ID_LENGTH


class IdConverter:
    """`<id:team>` in a path. What is no ID matches nothing: the same 404 as an ID of nothing."""

    regex = rf"[0-9A-Za-z]{{{ID_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(IdConverter, "id")

"""`/api/v1/sync`: pull and schema. WatermelonDB's protocol to the letter (docs/sync.md)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any

import orjson
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from nozbe.api.endpoints import Endpoint
from nozbe.api.refusals import Invalid, TooLarge
from nozbe.sync.cursors import LARGEST
from nozbe.sync.pulling import pull
from nozbe.sync.push import push
from nozbe.sync.push.body import Malformed, read
from nozbe.sync.tables import BY_NAME, SCHEMA_VERSION, SYNCED

NONE = ("", "null", "undefined", "0")
"""What clients say that have never pulled."""

COMPRESSED_FROM = 1000
"""Bytes."""

MOST_MIGRATION = 20_000
"""Signs of a migration's description."""


class ColumnOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(["string", "number", "boolean"])
    isOptional = serializers.BooleanField()
    isIndexed = serializers.BooleanField()


class TableOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    columns = ColumnOut(many=True)


class SchemaOut(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    tables = TableOut(many=True)


class Schema(Endpoint):
    @extend_schema(responses=SchemaOut, operation_id="sync_schema")
    def get(self, request: Request) -> Response:
        """What a client's local database looks like, for WatermelonDB's `appSchema`."""
        return Response({"version": SCHEMA_VERSION, "tables": TABLES})


TABLES = [
    {
        "name": table.name,
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "isOptional": column.optional,
                "isIndexed": column.indexed,
            }
            for column in table.columns
        ],
    }
    for table in SYNCED
]

PULLED = [
    OpenApiParameter(
        "last_pulled_at", OpenApiTypes.STR, description="The `timestamp` of the pull before; none at first."
    ),
    OpenApiParameter("schema_version", OpenApiTypes.STR, description="Of the client's local database."),
    OpenApiParameter("migration", OpenApiTypes.STR, description="JSON, as WatermelonDB's sync engine says it."),
]


PUSHED = [PULLED[0]]

MOST_BYTES = 32 * 2**20
"""Of a push."""


class PushParser(BaseParser):
    """Reads what clients write and a strict reader refuses: they would be stuck with it."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise TooLarge(MOST_BYTES)
        said, cursor = read(raw)
        return {"said": said, "cursor": cursor}


class Sync(Endpoint):
    parser_classes = (PushParser,)

    @extend_schema(parameters=PULLED, responses=OpenApiTypes.OBJECT, operation_id="sync_pull")
    def get(self, request: Request) -> HttpResponseBase:
        """What changed since the last pull; everything, at first."""
        cursor = read_cursor(request.query_params.get("last_pulled_at", ""))
        if not _is_known(request.query_params.get("schema_version", "")):
            cursor = None if cursor is None else UNKNOWN
        renewed = _renewed(request.query_params.get("migration", ""))
        answer = pull(account_of(request).pk, cursor, renewed=renewed)
        return stream(request, answer)

    @extend_schema(
        parameters=PUSHED, request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT}, operation_id="sync_push"
    )
    def post(self, request: Request) -> Response:
        """What was written on a device since its last sync: all of it, or, with 409, nothing until it has pulled."""
        pushed: Any = request.data
        if "said" not in pushed:  # without a body nothing is parsed
            raise Malformed
        number = read_cursor(request.query_params.get("last_pulled_at", "") or str(pushed["cursor"] or ""))
        push(account_of(request), number, pushed["said"])
        return Response({})


UNKNOWN = 1
"""A cursor that nobody has: whoever shows it gets everything anew."""


def read_cursor(text: str) -> int | None:
    """None for whoever has never pulled. Raises Invalid for what is no number."""
    if text in NONE:
        return None
    try:
        number = int(text.partition(".")[0])
    except ValueError:
        detail = _("This is no cursor. Use the `timestamp` of the pull before.")
        raise Invalid.field("last_pulled_at", code="invalid", detail=detail) from None
    if number == 0:
        return None
    return number if 0 < number <= LARGEST else UNKNOWN


def _is_known(version: str) -> bool:
    """Whether the client has a schema that was ever ours. One that does not say has the newest."""
    return version in NONE or (
        version.isascii() and version.isdigit() and len(version) < 10 and int(version) <= SCHEMA_VERSION
    )


def _renewed(migration: str) -> frozenset[str]:
    """The tables that a migration adds, or adds columns to. What we do not know is of no interest to us either."""
    if migration in NONE:
        return frozenset()
    try:
        if len(migration) > MOST_MIGRATION:
            raise ValueError(migration[:20])
        said = orjson.loads(migration)
        if said is None:
            return frozenset()
        tables = [*said["tables"], *(column["table"] for column in said["columns"])]
    except (ValueError, TypeError, KeyError):
        detail = _("This is no description of a migration as WatermelonDB makes it.")
        raise Invalid.field("migration", code="invalid", detail=detail) from None
    return frozenset(table for table in tables if isinstance(table, str) and table in BY_NAME)


def stream(request: Request, parts: Iterator[bytes]) -> HttpResponseBase:
    response = StreamingHttpResponse(
        _compressed(parts) if _takes_gzip(request) else _in_chunks(parts), content_type="application/json"
    )
    if _takes_gzip(request):
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    return response


def _takes_gzip(request: Request) -> bool:
    offered = [part.partition(";") for part in request.headers.get("Accept-Encoding", "").lower().split(",")]
    return any(name.strip() == "gzip" and quality.strip() not in ("q=0", "q=0.0") for name, _sign, quality in offered)


def _compressed(parts: Iterator[bytes]) -> Iterator[bytes]:
    """gzip (RFC 1952)."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for part in parts:
        if squeezed := squeeze.compress(part):
            yield squeezed
    yield squeeze.flush()


def _in_chunks(parts: Iterator[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for part in parts:
        waiting += part
        if len(waiting) > 64_000:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)

"""Lists by keyset: `{"results": [...], "next": url | null}`, oldest first, stable while rows come and go."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nozbe.api.inputs import Input, Text
from nozbe.api.refusals import Invalid

Row = TypeVar("Row", bound=Model)

MOST = 200
USUAL = 50


class PageQuery(Input):
    """What every list takes."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=USUAL, help_text="How many at most.")
    after = Text(required=False, max_length=200, help_text="Where to go on: as in the `next` of the page before.")


def answer_list(
    request: Request,
    rows: QuerySet[Row],
    represent: Callable[[Sequence[Row]], Iterable[Any]],
    *,
    query: type[PageQuery] = PageQuery,
    key: tuple[str, str] = ("created_at", "pk"),
) -> Response:
    """One page of `rows`, in the order of `key`: a moment and, where two are equal, an ID.

    Raises Invalid for a limit or a place that will not do.
    """
    given = query.read_query(request)
    limit = given["limit"]
    moment, identity = key
    if "after" in given:
        at, pk = _read(given["after"])
        rows = rows.filter(Q(**{f"{moment}__gt": at}) | Q(**{moment: at, f"{identity}__gt": pk}))
    page = list(rows.order_by(moment, identity)[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    following = _next(request, getattr(page[-1], moment), str(getattr(page[-1], identity))) if more else None
    return Response({"results": list(represent(page)), "next": following})


def _next(request: Request, at: datetime, pk: str) -> str:
    place = base64.urlsafe_b64encode(json.dumps([at.isoformat(), pk]).encode()).decode().rstrip("=")
    query = request.query_params.dict() | {"after": place}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


def _read(place: str) -> tuple[datetime, str]:
    try:
        at, pk = json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        moment = datetime.fromisoformat(at).astimezone(UTC)
        if not isinstance(pk, str) or "\x00" in pk:
            raise ValueError(place)
        pk.encode()
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        detail = _("That is no place in this list. Use the `next` of the page before.")
        raise Invalid.field("after", code="invalid", detail=detail) from None
    return moment, pk

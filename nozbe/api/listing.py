"""Lists by keyset: `{"results": [...], "next": url | null}`, oldest first, stable while rows come and go."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import DateTimeField, Model, Q, QuerySet
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
    after = Text(required=False, max_length=400, help_text="Where to go on: as in the `next` of the page before.")


def answer_list(
    request: Request,
    rows: QuerySet[Row],
    represent: Callable[[Sequence[Row]], Iterable[Any]],
    *,
    given: dict[str, Any] | None = None,
    key: tuple[str, str] = ("created_at", "pk"),
) -> Response:
    """One page of `rows`, in the order of `key`: a moment or a text and, where two are equal, an ID.

    `given` is what the query string says, when somebody has read it. Raises Invalid for a limit or a place that will
    not do.
    """
    given = given or PageQuery.read_query(request)
    limit = given["limit"]
    first, identity = key
    if "after" in given:
        value, pk = read_place(given["after"], moment=isinstance(rows.model._meta.get_field(first), DateTimeField))
        rows = rows.filter(Q(**{f"{first}__gt": value}) | Q(**{first: value, f"{identity}__gt": pk}))
    page = list(rows.order_by(first, identity)[: limit + 1])
    return answer_page(
        request, page, represent, limit=limit, place=lambda row: (getattr(row, first), str(getattr(row, identity)))
    )


def answer_page(
    request: Request,
    rows: Sequence[Any],
    represent: Callable[[Sequence[Any]], Iterable[Any]],
    *,
    limit: int,
    place: Callable[[Any], tuple[datetime | str, str]],
) -> Response:
    """One page of what was read, in order: `rows` has one more than `limit` when there is another page."""
    page = rows[:limit]
    following = _next(request, *place(page[-1])) if len(rows) > limit else None
    return Response({"results": list(represent(page)), "next": following})


def _next(request: Request, value: datetime | str, pk: str) -> str:
    text = value.isoformat() if isinstance(value, datetime) else value
    place = base64.urlsafe_b64encode(json.dumps([text, pk]).encode()).decode().rstrip("=")
    query = request.query_params.dict() | {"after": place}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


def read_place(place: str, *, moment: bool) -> tuple[datetime | str, str]:
    """Where a page goes on. Raises Invalid."""
    try:
        text, pk = json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        value = datetime.fromisoformat(text).astimezone(UTC) if moment else text
        for part in (text, pk):
            if not isinstance(part, str) or "\x00" in part:
                raise ValueError(place)
            part.encode()
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        detail = _("That is no place in this list. Use the `next` of the page before.")
        raise Invalid.field("after", code="invalid", detail=detail) from None
    return value, pk

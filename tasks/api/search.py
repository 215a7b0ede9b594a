"""Search in a team. It is a POST, so that what somebody looks for stands in no address, and so in no log."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.api.teams import team_of
from nozbe.api.endpoints import Asking
from nozbe.api.inputs import Flag, Input, Text, Whole
from nozbe.api.listing import MOST, USUAL
from nozbe.api.refusals import Invalid
from tasks.api import places
from tasks.searching import KINDS, Found, Place, Search, shown
from tasks.words import words_of

LONGEST_QUESTION = 200


class SearchIn(Input):
    q = Text(
        max_length=LONGEST_QUESTION,
        help_text="Words that must all occur, also within other words; neither case nor accents count.",
    )
    limit = Whole(min_value=1, max_value=MOST, default=USUAL, help_text="How many at most.")
    after = Text(required=False, max_length=places.LONGEST, help_text="Where to go on: the `next` of before.")
    ended = Flag(default=True, help_text="With what is done or abandoned, ended projects, and all that is in either.")
    kinds = serializers.ListField(
        child=serializers.ChoiceField(list(KINDS)), required=False, min_length=1, max_length=len(KINDS)
    )


class FoundOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(list(KINDS))
    id = serializers.CharField()
    project = serializers.CharField(allow_null=True, help_text="That it is in; null for projects and tags.")
    task = serializers.CharField(allow_null=True, help_text="That a comment or an item of a checklist is on.")
    text = serializers.CharField(help_text="The name; of a comment at most 200 characters around what was found.")


class SearchOut(serializers.Serializer[Any]):
    results = FoundOut(many=True)
    next = serializers.CharField(
        allow_null=True, help_text="For `after`, to go on; null at the end. There may be fewer results than the limit."
    )


@extend_schema_view(post=extend_schema(request=SearchIn, responses=SearchOut, operation_id="teams_search"))
class SearchInTeam(Asking):
    def ask(self, request: Request, **ids: Any) -> Response:
        """Find projects, sections, tasks, comments, checklist items and tags, in this order, each newest first."""
        account = account_of(request)
        team = team_of(account, ids["team"])
        given = SearchIn.read(request)
        words = words_of(given["q"])
        if not words:
            raise Invalid.field("q", code="blank", detail=_("Say at least one word."))
        search = Search(account, team.pk, words, kinds=given.get("kinds", tuple(KINDS)), ended=given["ended"])
        found, last = search.run(limit=given["limit"], after=_place(given.get("after"), search.kinds))
        following = None if last is None else places.write(last.kind, last.created_at.isoformat(), last.pk)
        return Response({"results": [_found(row, words) for row in found], "next": following})


def _found(row: Found, words: tuple[str, ...]) -> dict[str, Any]:
    return {
        "kind": row.place.kind,
        "id": row.place.pk,
        "project": row.project,
        "task": row.task,
        "text": shown(row, words),
    }


def _place(after: str | None, kinds: Any) -> Place | None:
    """Raises Invalid, also for a place among a kind that is not looked for."""

    def kind(text: str) -> str:
        if text not in kinds:
            raise ValueError(text)
        return text

    return None if after is None else Place(*places.read(after, kind, places.moment, places.identity))

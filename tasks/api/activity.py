from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.api.teams import team_of
from nozbe.api.endpoints import Endpoint
from nozbe.api.inputs import Id
from nozbe.api.listing import PageQuery
from nozbe.api.schema import page_of
from nozbe.audit.models import Event
from tasks.activity import MODELS, OF_THE_TEAM, Activity, kind_of, verbs_of
from tasks.api import places

KINDS = (*MODELS, *OF_THE_TEAM)


class ActivityQuery(PageQuery):
    """Unknown IDs find nothing, like those of what one may not see."""

    project = Id(required=False, help_text="What happened to it, and to what is in it now.")
    task = Id(required=False, help_text="What happened to it, its comments and checklists.")
    since = serializers.DateTimeField(required=False, help_text="At that moment or later.")


class HappeningOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    at = serializers.DateTimeField()
    verb = serializers.ChoiceField(verbs_of(*KINDS))
    actor = serializers.CharField(allow_null=True, help_text="ID of the account; null for the service itself.")
    object = serializers.CharField(help_text="What it was done to; of members, the ID of the account.")
    kind = serializers.ChoiceField(KINDS, help_text="What sort of thing that is.")


def happening(event: Event) -> dict[str, Any]:
    kind = kind_of(event.verb)
    return {
        "id": str(event.pk),
        "at": event.at,
        "verb": event.verb,
        "actor": event.actor,
        "object": event.account if kind == "member" else event.object,
        "kind": kind,
    }


class ActivityOfTeam(Endpoint):
    @extend_schema(parameters=[ActivityQuery], responses=page_of(HappeningOut), operation_id="teams_activity")
    def get(self, request: Request, *, team: str) -> Response:
        """What happened to what one may see, newest first; and, but for guests, who came, went and changed roles.

        A page may have fewer rows than the limit, even none, and yet a next one.
        """
        account = account_of(request)
        found = team_of(account, team)
        given = ActivityQuery.read_query(request)
        narrowed = {name: given.get(name) for name in ("project", "task", "since")}
        activity = Activity(account, found, found.role_of(account), **narrowed)
        before = places.read(given["after"], places.number)[0] if "after" in given else None
        events, last = activity.read(limit=given["limit"], before=before)
        following = None if last is None else places.following(request, places.write(str(last)))
        return Response({"results": [happening(event) for event in events], "next": following})

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.api.teams import team_of
from nozbe.api.endpoints import Endpoint
from nozbe.api.listing import PageQuery
from nozbe.api.schema import page_of
from tasks.api import places
from tasks.trash import KINDS, Entry, Place, Trash


class EntryOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(list(KINDS))
    id = serializers.CharField()
    project = serializers.CharField(allow_null=True, help_text="That it is in; null for what is in none.")
    task = serializers.CharField(allow_null=True, help_text="That a comment or an item of a checklist is on.")
    text = serializers.CharField(help_text="The name; of a comment its first 200 characters at most.")
    trashed_at = serializers.DateTimeField()
    purged_at = serializers.DateTimeField(help_text="When it is gone for good, with all that hangs on it.")
    restorable = serializers.BooleanField(help_text="False while what it hangs on is in the trash, too.")


def entry(row: Entry) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "id": row.place.pk,
        "project": row.project,
        "task": row.task,
        "text": row.text,
        "trashed_at": row.place.trashed_at,
        "purged_at": row.purged_at,
        "restorable": row.restorable,
    }


class TrashOfTeam(Endpoint):
    @extend_schema(parameters=[PageQuery], responses=page_of(EntryOut), operation_id="teams_trash")
    def get(self, request: Request, *, team: str) -> Response:
        """What somebody threw away, as far as one may see it, newest first; not what went along with it."""
        account = account_of(request)
        trash = Trash(account, team_of(account, team).pk)
        given = PageQuery.read_query(request)
        after = Place(*places.read(given["after"], places.moment, places.identity)) if "after" in given else None
        entries, last = trash.read(limit=given["limit"], after=after)
        following = None if last is None else places.write(last.trashed_at.isoformat(), last.pk)
        following = following and places.following(request, following)
        return Response({"results": [entry(row) for row in entries], "next": following})

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.teams import team_of
from accounts.models import Account
from nozbe.api.inputs import Flag, Id, Input, QueryFlag, Text
from nozbe.encryption.opening import open_all
from tasks.api.kinds import Kind, Listing, Single, WorkOut, WorkQuery, listing, single, states, work_out
from tasks.colours import Colour
from tasks.models import Tag


class TagOut(WorkOut):
    name = serializers.CharField()
    colour = serializers.ChoiceField(Colour.choices)
    icon = serializers.CharField()
    is_private = Flag(help_text="Whether nobody else sees it.")
    archived_at = serializers.DateTimeField(allow_null=True)


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash()


def show(rows: Sequence[Tag], account: Account) -> list[dict[str, Any]]:
    return [
        {
            **work_out(row),
            "name": row.name,
            "colour": row.colour,
            "icon": row.icon,
            "is_private": row.private_to_id is not None,
            "archived_at": row.archived_at,
        }
        for row in open_all(rows)
    ]


TAG = Kind("tags", Tag, TagOut, load, show)


class TagQuery(WorkQuery):
    archived = QueryFlag(required=False)

    def narrow(self, rows: Any, given: dict[str, Any], account: Account) -> Any:
        rows = super().narrow(rows, given, account)
        if "archived" in given:
            rows = rows.filter(archived_at__isnull=not given["archived"])
        return rows


class TagIn(Input):
    name = Text(max_length=100)
    colour = serializers.ChoiceField(Colour.choices, default=Colour.GREY)
    icon = Text(max_length=40, default="", allow_blank=True, help_text="Its name in the client: a-z, 0-9, hyphens.")


class NewTagIn(TagIn):
    id = Id(required=False)
    team = Id()
    private = Flag(default=False, help_text="For oneself alone.")


@listing(
    TAG,
    TagQuery,
    NewTagIn,
    of="Tags of one's teams, and one's own; guests see those on tasks that they see.",
    making="Make a tag, for the team or for oneself.",
)
class Tags(Listing):
    kind = TAG
    query = TagQuery

    def make(self, request: Request, account: Account) -> Tag:
        given = NewTagIn.read(request)
        tag: Tag = Tag.objects.make(team_of(account, given.pop("team")), by=account, **given)
        return tag


@single(TAG, TagIn, of="One tag.", changing="Change what is named.")
class OneTag(Single):
    kind = TAG
    changed = TagIn


TAG_STATES = states(
    TAG,
    archive=("archive", "unarchive", "Offer it no more; it stays on its tasks.", "Offer it again."),
    trash=("trash", "restore", "Throw it away; tasks show it no more.", "Bring it back, on all its tasks."),
)

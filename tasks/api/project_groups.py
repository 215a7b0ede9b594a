from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.teams import team_of
from accounts.models import Account
from nozbe.api.inputs import Id, Input, Text
from nozbe.encryption.opening import open_all
from tasks.api.kinds import (
    Kind,
    Listing,
    Single,
    WorkOut,
    WorkQuery,
    in_order,
    listing,
    placing,
    single,
    states,
    work_out,
)
from tasks.models import ProjectGroup


class ProjectGroupOut(WorkOut):
    name = serializers.CharField()
    position = serializers.CharField()


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash()


def show(rows: Sequence[ProjectGroup], account: Account) -> list[dict[str, Any]]:
    return [{**work_out(row), "name": row.name, "position": row.position} for row in open_all(rows)]


GROUP = Kind("project-groups", ProjectGroup, ProjectGroupOut, load, show)


class ProjectGroupQuery(WorkQuery):
    order = in_order("created_at", "position")


class ProjectGroupIn(Input):
    name = Text(max_length=100)


class NewProjectGroupIn(ProjectGroupIn):
    id = Id(required=False)
    team = Id()


@listing(
    GROUP,
    ProjectGroupQuery,
    NewProjectGroupIn,
    of="Groups of projects; guests see those with a project that is shared with them.",
    making="Start a group, for the whole team.",
)
class ProjectGroups(Listing):
    kind = GROUP
    query = ProjectGroupQuery

    def make(self, request: Request, account: Account) -> ProjectGroup:
        given = NewProjectGroupIn.read(request)
        team = team_of(account, given["team"])
        group: ProjectGroup = ProjectGroup.objects.make(team, name=given["name"], by=account, id=given.get("id"))
        return group


@single(GROUP, ProjectGroupIn, of="One group.", changing="Rename it.")
class OneProjectGroup(Single):
    kind = GROUP
    changed = ProjectGroupIn


GROUP_STATES = states(
    GROUP,
    trash=("trash", "restore", "Throw it away; its projects stay.", "Bring it back; its projects are in it again."),
)
place_group = placing(GROUP)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import Account
from nozbe.api.inputs import Id, Input, QueryFlag, Text
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
from tasks.api.projects import PROJECT
from tasks.models import Section


class SectionOut(WorkOut):
    project = serializers.CharField()
    name = serializers.CharField()
    position = serializers.CharField()
    archived_at = serializers.DateTimeField(allow_null=True)


def load(rows: Any, account: Account) -> Any:
    return rows.with_trash()


def show(rows: Sequence[Section], account: Account) -> list[dict[str, Any]]:
    return [
        {
            **work_out(row),
            "project": row.project_id,
            "name": row.name,
            "position": row.position,
            "archived_at": row.archived_at,
        }
        for row in open_all(rows)
    ]


SECTION = Kind("sections", Section, SectionOut, load, show)


class SectionQuery(WorkQuery):
    project = Id(required=False)
    archived = QueryFlag(required=False)
    order = in_order("created_at", "position")

    def narrow(self, rows: Any, given: dict[str, Any], account: Account) -> Any:
        rows = super().narrow(rows, given, account)
        if "project" in given:
            rows = rows.filter(project=given["project"])
        if "archived" in given:
            rows = rows.filter(archived_at__isnull=not given["archived"])
        return rows


class SectionIn(Input):
    name = Text(max_length=200)


class NewSectionIn(SectionIn):
    id = Id(required=False)
    project = Id()


@listing(
    SECTION, SectionQuery, NewSectionIn, of="Sections of projects one may enter.", making="Add one behind the others."
)
class Sections(Listing):
    kind = SECTION
    query = SectionQuery

    def make(self, request: Request, account: Account) -> Section:
        given = NewSectionIn.read(request)
        project = PROJECT.find(account, given["project"])
        section: Section = Section.objects.make(project, name=given["name"], by=account, id=given.get("id"))
        return section


@single(SECTION, SectionIn, of="One section.", changing="Rename it.")
class OneSection(Single):
    kind = SECTION
    changed = SectionIn


SECTION_STATES = states(
    SECTION,
    archive=("archive", "unarchive", "Put it aside; its tasks stay as they are.", "Bring it forth again."),
    trash=("trash", "restore", "Throw it away, with its tasks.", "Bring it back, with its tasks."),
)
place_section = placing(SECTION)

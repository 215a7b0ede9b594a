"""What all kinds of work have in common in REST: each is listed, read, changed, placed, and put into states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.asking import account_of
from accounts.models import Account
from nozbe.api.endpoints import Creating, Endpoint
from nozbe.api.inputs import Id, Input, QueryFlag
from nozbe.api.listing import PageQuery, answer_list
from nozbe.api.preconditions import answer_single, etag_of, refuse_if_changed
from nozbe.api.schema import conditional, page_of

Show = Callable[[Sequence[Any], Account], list[dict[str, Any]]]


@dataclass(frozen=True)
class Kind:
    """How one kind of thing is found by whoever may see it, and what is said about it."""

    path: str
    """The first part of its address."""

    model: Any
    out: type[serializers.Serializer[Any]]
    load: Callable[[Any, Account], Any]
    """A queryset, with what `show` needs of each row."""

    show: Show

    def rows(self, account: Account) -> Any:
        return self.load(self.model.objects.visible_to(account), account)

    def find(self, account: Account, pk: str) -> Any:
        """Raises Http404 for what one may not see, and for what does not exist."""
        row = self.model.objects.visible_to(account).filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def heed_precondition(
        self, request: Request, account: Account, row: Any, *, lock: Callable[[Any], None] = lambda row: row.lock()
    ) -> None:
        """Inside of the transaction in which it is changed, after the body was read. Raises ChangedMeanwhile for
        whoever said by If-Match which state they mean to change, when it is another one by now.

        `lock` takes what the change will lock, in the same order.
        """
        if "If-Match" in request.headers:
            lock(row)
            refuse_if_changed(request, self.one(account, row.pk))

    def one(self, account: Account, pk: str) -> dict[str, Any]:
        """As it is now. Raises Http404."""
        found = self.show(list(self.rows(account).filter(pk=pk)), account)
        if not found:
            raise Http404
        return found[0]


def in_order(*parts: str) -> serializers.ChoiceField:
    """The order of a list, by one of its columns."""
    return serializers.ChoiceField(parts, default=parts[0], help_text="Oldest first, or in the order people made.")


class WorkQuery(PageQuery):
    """What every list of work takes. Unknown IDs find nothing, like those of what one may not see."""

    team = Id(required=False)
    trashed = QueryFlag(default=False, help_text="What is in the trash, instead of what is not.")
    changed_since = serializers.DateTimeField(
        required=False, help_text="Changed at that moment or later; for whoever must not miss a thing there is sync."
    )

    def narrow(self, rows: Any, given: dict[str, Any], account: Account) -> Any:
        """Rows that were asked for; `given` as it was read."""
        rows = rows.in_trash() if given["trashed"] else rows.live()
        if "team" in given:
            rows = rows.filter(team=given["team"])
        if "changed_since" in given:
            rows = rows.filter(changed_at__gte=given["changed_since"])
        return rows


class Listing(Creating):
    """GET lists what one may see; POST makes one more, through `make`."""

    kind: ClassVar[Kind]
    query: ClassVar[type[WorkQuery]] = WorkQuery

    def get(self, request: Request) -> Response:
        account = account_of(request)
        given = self.query.read_query(request)
        rows = self.query().narrow(self.kind.rows(account), given, account)
        key = ("position", "id") if given.get("order") == "position" else ("created_at", "id")
        return answer_list(request, rows, lambda page: self.kind.show(page, account), given=given, key=key)

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        self.kind.find(account_of(request), body["id"])

    def create(self, request: Request, **ids: Any) -> Response:
        account = account_of(request)
        row = self.make(request, account)
        body = self.kind.one(account, row.pk)
        headers = {"Location": f"/api/v1/{self.kind.path}/{row.pk}", "ETag": etag_of(body)}
        return Response(body, status=HTTPStatus.CREATED, headers=headers)

    def make(self, request: Request, account: Account) -> Any:
        raise NotImplementedError


class Single(Endpoint):
    """GET reads it, PATCH changes what is named through `change`."""

    kind: ClassVar[Kind]
    changed: ClassVar[type[Input]]

    def get(self, request: Request, *, pk: str) -> Response:
        return answer_single(request, self.kind.one(account_of(request), pk))

    def patch(self, request: Request, *, pk: str) -> Response:
        account = account_of(request)
        row = self.kind.find(account, pk)
        given = self.changed.read(request, partial=True)
        with transaction.atomic():
            self.kind.heed_precondition(request, account, row)
            if given:
                self.change(row, account, given)
            return answer_single(request, self.kind.one(account, pk))

    def change(self, row: Any, account: Account, given: dict[str, Any]) -> None:
        row.change(by=account, **given)


class PlaceIn(Input):
    after = Id(allow_null=True, help_text="Behind that one; null: first.")


class Placing(Endpoint):
    """PUT puts it behind another, or first, through `place`."""

    kind: ClassVar[Kind]
    placed: ClassVar[type[PlaceIn]] = PlaceIn

    def put(self, request: Request, *, pk: str) -> Response:
        account = account_of(request)
        row = self.kind.find(account, pk)
        given = self.placed.read(request)
        with transaction.atomic():
            self.kind.heed_precondition(request, account, row)
            self.place(row, account, given)
            return answer_single(request, self.kind.one(account, pk))

    def place(self, row: Any, account: Account, given: dict[str, Any]) -> None:
        row.place(by=account, **given)


class State(Creating):
    """A state as a resource: POST puts a thing into it, DELETE takes it out; it may be so already."""

    kind: ClassVar[Kind]
    verbs: ClassVar[tuple[str, str]]
    """Of the row: in, and out."""

    def refuse_to_repeat(self, request: Request, body: Any, **ids: Any) -> None:
        self.kind.find(account_of(request), body["id"])

    def create(self, request: Request, **ids: Any) -> Response:
        Input.read(request)
        return self._turn(request, ids["pk"], self.verbs[0])

    def delete(self, request: Request, *, pk: str) -> Response:
        return self._turn(request, pk, self.verbs[1])

    def _turn(self, request: Request, pk: str, verb: str) -> Response:
        account = account_of(request)
        row = self.kind.find(account, pk)
        with transaction.atomic():
            self.kind.heed_precondition(request, account, row)
            getattr(row, verb)(by=account)
            return answer_single(request, self.kind.one(account, pk))


Described = Callable[[type[Endpoint]], type[Any]]


def listing(kind: Kind, query: type[WorkQuery], new: type[Input], *, of: str, making: str) -> Described:
    """Class decorator: what a `Listing` says about itself in the API's description."""
    name = _name(kind.path)
    return extend_schema_view(
        get=extend_schema(parameters=[query], responses=page_of(kind.out), operation_id=f"{name}_list", description=of),
        post=extend_schema(request=new, responses={201: kind.out}, operation_id=f"{name}_create", description=making),
    )


def single(kind: Kind, changed: type[Input], *, of: str, changing: str) -> Described:
    name = _name(kind.path)
    return extend_schema_view(
        get=extend_schema(responses=kind.out, operation_id=f"{name}_read", description=of),
        patch=extend_schema(
            request=changed(partial=True), responses=kind.out, operation_id=f"{name}_change", description=changing
        ),
    )


def states(kind: Kind, **of: tuple[str, str, str, str]) -> dict[str, Any]:
    """Views by the last part of their address: state=(verb in, verb out, what POST does, what DELETE does)."""
    return {state: _state(kind, state, *said) for state, said in of.items()}


def _state(kind: Kind, state: str, into: str, out: str, entering: str, leaving: str) -> Any:
    name = f"{_name(kind.path)}_{state}"
    view: Any = type(f"{name}_view", (State,), {"kind": kind, "verbs": (into, out)})
    described = extend_schema_view(
        post=conditional(request=None, responses=kind.out, operation_id=f"{name}_create", description=entering),
        delete=conditional(request=None, responses=kind.out, operation_id=f"{name}_delete", description=leaving),
    )
    return described(view).as_view()


def placing(kind: Kind) -> Any:
    name = f"{_name(kind.path)}_position"
    view: Any = type(f"{name}_view", (Placing,), {"kind": kind})
    described = extend_schema_view(
        put=conditional(
            request=PlaceIn,
            responses=kind.out,
            operation_id=f"{name}_change",
            description="Put it behind another of the same list, or first; nothing else is renumbered.",
        )
    )
    return described(view).as_view()


def work_out(row: Any) -> dict[str, Any]:
    """What is said about every piece of work; `gone_at` comes from `with_trash`."""
    return {
        "id": row.id,
        "team": row.team_id,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "trashed_at": row.gone_at,
    }


class WorkOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    team = serializers.CharField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(help_text="Of it alone, not of what belongs to it.")
    trashed_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when it is in the trash, by itself or with what it belongs to."
    )


def _name(path: str) -> str:
    return path.replace("-", "_")

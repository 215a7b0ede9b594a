"""The description of it all (OpenAPI 3), made from the views; docs/openapi.json is the reviewed copy of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypeVar

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers

Described = TypeVar("Described", bound=Callable[..., Any])

PROBLEM = {
    "type": "object",
    "description": "Every refusal.",
    "properties": {
        "code": {"type": "string", "description": "Stable, for programs."},
        "detail": {"type": "string", "description": "For people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
                "required": ["field", "code", "detail"],
            },
        },
    },
    "required": ["code", "detail", "errors"],
}
REFUSALS = {
    400: "Something in the request will not do; `errors` names each field.",
    401: "Not signed in, or the token is unknown, revoked or expired.",
    403: "One sees it, and may not do this.",
    404: "It does not exist, or one may not see it: the same answer.",
    405: "That method is not possible here.",
    406: "Only JSON can be answered.",
    409: "It does not go together with what is there.",
    410: "It was there, and is over.",
    412: "It was changed meanwhile (If-Match).",
    413: "The request is too large.",
    415: "The request is not JSON.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too much at once; see Retry-After.",
    503: "A part of the service is away; see Retry-After.",
}
HEADERS = {
    "post": ("Idempotency-Key", "The same request sent again with the same key acts once (kept for 24 hours)."),
    "patch": ("If-Match", "ETag of the state to change; 412 when it is another by now."),
    "put": ("If-Match", "ETag of the state to change; 412 when it is another by now."),
    "delete": ("If-Match", "ETag of the state to change; 412 when it is another by now."),
}
ONLY = {409: {"post", "patch", "put"}, 410: {"post", "delete"}, 412: {"patch", "put", "delete"}, 422: {"post"}}
"""Status → methods that it can be the answer to; the others can be the answer to each."""


def conditional(**said: Any) -> Callable[[Described], Described]:
    """`extend_schema` for what changes one thing under another address than its own, as it is in a certain state."""
    text = "ETag of the thing in the state to change; 412 when it is another by now."
    return extend_schema(parameters=[OpenApiParameter("If-Match", str, "header", description=text)], **said)


class Schema(AutoSchema):
    def get_tags(self) -> list[str]:
        """By the first part of the path after the version."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return name.replace("InRequest", "Request").removesuffix("Out")


@cache
def page_of(row: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """How a list of `row` is answered (`nozbe.api.listing`)."""
    following = serializers.URLField(allow_null=True, help_text="The next page; null at the end.")
    name = f"{row.__name__.removesuffix('Out')}List"
    return inline_serializer(name=name, fields={"results": row(many=True), "next": following})


def describe_manners(result: dict[str, Any], generator: SchemaGenerator, **_options: Any) -> dict[str, Any]:
    """What holds for every operation: refusals in one shape, and the headers that make repeating and changing safe."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    result["components"]["responses"] = {
        f"Refused{status}": {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, text in REFUSALS.items()
    }
    for operations in result["paths"].values():
        for method, operation in operations.items():
            _describe(method, operation, tagged=_is_single(operations.get("get")))
    return result


def _is_single(get: dict[str, Any] | None) -> bool:
    """Whether there is one resource to read, with an entity tag."""
    return get is not None and "limit" not in {parameter["name"] for parameter in get.get("parameters", [])}


def _describe(method: str, operation: dict[str, Any], *, tagged: bool) -> None:
    for status in REFUSALS:
        if method in ONLY.get(status, {method}):
            operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/Refused{status}"})
    if "If-Match" in {parameter["name"] for parameter in operation.get("parameters", [])}:
        operation["responses"].setdefault("412", {"$ref": "#/components/responses/Refused412"})
    if method == "get" and tagged:
        operation["responses"].setdefault("304", {"description": "It is as the reader knows it (If-None-Match)."})
    if method == "post" or (tagged and method in HEADERS):
        name, description = HEADERS[method]
        schema = {"type": "string", "pattern": "^[!-~]{1,200}$"} if method == "post" else {"type": "string"}
        operation.setdefault("parameters", []).append(
            {"in": "header", "name": name, "description": description, "schema": schema}
        )


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The whole schema, made once in a process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema

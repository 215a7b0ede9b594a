"""The description of the API for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nozbe.api.schema import description

METHODS = ("get", "post", "put", "patch", "delete")


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    return JsonResponse(description())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html", {"groups": _groups(description()), "schema": description()})


def _groups(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """First part of the path → its operations."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in _operations(schema):
        groups.setdefault(operation["group"], []).append(operation)
    return groups


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, by_method in schema["paths"].items():
        for method in METHODS:
            if found := by_method.get(method):
                body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
                yield {
                    "id": found["operationId"],
                    "group": found["tags"][0],
                    "method": method.upper(),
                    "path": path,
                    "text": found.get("description", ""),
                    "parameters": found.get("parameters", []),
                    "fields": _fields(schema, body),
                    "answers": [_answer(schema, status, answer) for status, answer in found["responses"].items()],
                    "public": {} in found.get("security", []) or not found.get("security"),
                }


def _answer(schema: dict[str, Any], status: str, answer: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in answer:
        answer = _resolve(schema, answer["$ref"])
        return {"status": status, "text": answer["description"], "fields": []}
    body = answer.get("content", {}).get("application/json", {}).get("schema")
    return {"status": status, "text": answer.get("description", ""), "fields": _fields(schema, body)}


def _fields(schema: dict[str, Any], body: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Name, type, whether it must be there, and what it means, of each field of an object."""
    if body is None:
        return []
    if "$ref" in body:
        body = _resolve(schema, body["$ref"])
    required = body.get("required", [])
    return [
        {
            "name": name,
            "type": _type(field),
            "required": name in required,
            "text": field.get("description", ""),
            "inner": _fields(schema, field.get("items")) if field.get("type") == "array" else [],
        }
        for name, field in body.get("properties", {}).items()
    ]


def _type(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(str(value) for value in field["enum"])
    if field.get("type") == "array":
        return "list"
    return str(field.get("format") or field.get("type") or "object")


def _resolve(schema: dict[str, Any], reference: str) -> dict[str, Any]:
    found: Any = schema
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)

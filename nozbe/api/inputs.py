"""What a request may hold: exactly the fields that are described, each of exactly its type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.validators import EmailValidator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.serializer_helpers import BindingDict

from nozbe.models import ID_LENGTH
from nozbe.validators import validate_mailable


class Input(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one would otherwise be lost without a word."""

    @cached_property
    def fields(self) -> BindingDict:
        """Made once for each class: a copy of every field for every request costs more than all they do."""
        return _fields_of(type(self), partial=self.partial) if self.parent is None else super().fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                message = serializers.ErrorDetail(str(_("There is no such field.")), code="unknown_field")
                raise serializers.ValidationError({name: [message] for name in unknown})
        return super().to_internal_value(data)

    @classmethod
    def read(cls, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """What the body says. Raises ValidationError that names each field."""
        given = cls(data=request.data, partial=partial)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    @classmethod
    def read_query(cls, request: Request) -> dict[str, Any]:
        """What the query string says; of a name given twice, the last."""
        given = cls(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)


@cache
def _fields_of(kind: type[Input], *, partial: bool) -> BindingDict:
    """They know themselves part of an instance that nobody else has; what they read, they do not keep."""
    return super(Input, kind(partial=partial)).fields


class Text(serializers.CharField):
    """Text alone: a number is not made into one. NUL and lone surrogates are refused by the base class."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Email(serializers.EmailField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, **options)
        others = [validator for validator in self.validators if not isinstance(validator, EmailValidator)]
        self.validators = [*others, validate_mailable]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Id(serializers.RegexField):
    """16 characters `[0-9A-Za-z]`, chosen by whoever creates."""

    def __init__(self, **options: Any) -> None:
        # Nothing is trimmed or made into text: an ID is that or not.
        super().__init__(rf"^[0-9A-Za-z]{{{ID_LENGTH}}}\Z", trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, and no other way of saying it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class QueryFlag(serializers.BooleanField):
    """The same in a query string, where everything is text."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")


class Whole(serializers.IntegerField):
    """A whole number; a text is not made into one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data

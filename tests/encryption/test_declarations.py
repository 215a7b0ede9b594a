"""A sealed field that is declared wrongly is found before anything is written to it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from django.db.models import F

from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.fields import SealedTextField
from nozbe.models import Record
from tests.notes.models import Note, Notebook


@pytest.mark.parametrize("option", ["unique", "primary_key", "db_index"])
def test_a_sealed_field_cannot_be_declared_with(option):
    with pytest.raises(ValueError, match=option):
        SealedTextField(**{option: True})


def declared(name: str, *bases: type, **attributes: object) -> type[models.Model]:
    """A model that exists for one test only."""
    meta = type("Meta", (), {"app_label": "notes", **attributes.pop("meta", {})})
    made = type(name, bases, {"Meta": meta, "__module__": __name__, "__str__": lambda self: "", **attributes})
    del apps.all_models["notes"][name.lower()]
    return made


WRONG = {
    "ordered": ("E001", lambda: declared("A", SealedFields, Record, text=text_of("pk"), meta={"ordering": ["-text"]})),
    "ordered by F": (
        "E001",
        lambda: declared("B", SealedFields, Record, text=text_of("pk"), meta={"ordering": [F("text").asc()]}),
    ),
    "unique": (
        "E001",
        lambda: declared("C", SealedFields, Record, text=text_of("pk"), meta={"unique_together": [("id", "text")]}),
    ),
    "not a sealed model": ("E002", lambda: declared("D", Record, text=text_of("pk"))),
    "a queryset of its own": (
        "E002",
        lambda: declared("E", SealedFields, Record, text=text_of("pk"), objects=models.Manager()),
    ),
    "no owner": ("E003", lambda: declared("F", SealedFields, Record, text=text_of("team_id"))),
    "a number for a key": ("E004", lambda: declared("G", SealedFields, models.Model, text=text_of("pk"))),
}


def text_of(owner: str) -> SealedTextField:
    return SealedTextField(owner=owner)


@pytest.mark.parametrize("how", WRONG)
def test_a_model_that_would_not_keep_its_texts_sealed_fails_its_checks(how):
    expected, declare = WRONG[how]
    assert {message.id for message in declare().check()} >= {f"encryption.{expected}"}


def test_a_model_that_is_declared_well_passes_its_checks():
    assert [message for model in (Note, Notebook) for message in model.check()] == []

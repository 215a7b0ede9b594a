"""The doors of the test app: make a book, write and read notes in it."""

from __future__ import annotations

import json

from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt

from nozbe.audit.appending import append
from nozbe.audit.verbs import Verb
from nozbe.encryption.models import Keyring
from nozbe.encryption.opening import open_all
from tests.notes.models import Note, Notebook


@csrf_exempt
@transaction.atomic
def books(request):
    book = Notebook(**json.loads(request.body))
    Keyring.objects.take(Keyring.TEAM, owner=book.pk)
    book.save(force_insert=True)
    return JsonResponse({"id": book.pk}, status=201)


@csrf_exempt
def book(request, book):
    found = get_object_or_404(Notebook, pk=book)
    if request.method == "POST":
        with transaction.atomic():
            note = Note(team_id=found.pk, **json.loads(request.body))
            note.save(force_insert=True)
            if request.GET.get("recorded"):
                append(Verb.KEY_MADE, actor=found.pk, team=found.pk, object=note.pk)
        return JsonResponse({"id": note.pk}, status=201)
    notes = open_all(Note.objects.filter(team_id=found.pk).order_by("pk")[:100])
    return JsonResponse({"name": found.name, "notes": [{"id": note.pk, "text": note.text} for note in notes]})


@csrf_exempt
def note(request, note):
    found = get_object_or_404(Note, pk=note)
    if request.method == "PATCH":
        found.text = json.loads(request.body)["text"]
        found.save(update_fields=["text"])
    return JsonResponse({"id": found.pk, "title": found.title, "text": found.text})

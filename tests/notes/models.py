from django.db import models

from nozbe.encryption.attribute import SealedFields
from nozbe.encryption.fields import SealedTextField
from nozbe.models import Record


class Note(SealedFields, Record):
    team_id = models.CharField(max_length=16, db_index=True)
    author_id = models.CharField(max_length=16, default="")
    kind = models.CharField(max_length=20, default="plain")
    title = SealedTextField(max_length=100, blank=True, null=True)
    text = SealedTextField()
    private = SealedTextField(owner="author_id", null=True)

    def __str__(self):
        return self.pk


class Notebook(SealedFields, Record):
    """Named by what it is sealed for: itself, as a team's name will be."""

    name = SealedTextField(owner="pk")

    def __str__(self):
        return self.pk

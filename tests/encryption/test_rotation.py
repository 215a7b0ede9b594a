"""Keys are renewed while people work: epochs, resealing, rewrapping."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from nozbe.encryption import epochs, jobs, rewrapping
from nozbe.encryption.keys import cache
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.encryption.redaction import Redacted, redacted
from nozbe.management.commands import rotate_keys
from nozbe.models import new_id
from tests.encryption.conftest import age, wrapped_keys
from tests.notes.models import Note

pytestmark = pytest.mark.django_db


def test_epochs_begin_when_they_are_due_and_old_values_stay_readable(team, other_team):
    old = Note.objects.create(team_id=team, text="old")
    age(team, days=31)
    age(other_team, days=29)
    assert jobs.begin_epochs() == 1
    assert jobs.begin_epochs() == 0
    cache.forget()
    new = Note.objects.create(team_id=team, text="new")
    epoch_of = {note.pk: value.ciphertext[4] for note in Note.objects.all() for value in [note.__dict__["text"]]}
    assert epoch_of == {old.pk: 1, new.pk: 2}
    assert {note.text for note in Note.objects.all()} == {"old", "new"}


def test_a_process_that_does_not_know_a_new_epoch_yet_looks_again(team):
    assert cache.of(team).newest == 1
    before = cache.of(team)
    age(team, days=31)
    list(epochs.begin_due(older_than=timezone.now()))
    cache.forget()
    note = Note.objects.create(team_id=team, text="new")
    cache._owners[team] = before
    assert Note.objects.get(pk=note.pk).text == "new"


def test_rewrapping_changes_wrappings_alone(team, root_client):
    note = Note.objects.create(team_id=team, text="Buy milk")
    keyring = Keyring.objects.get(owner=team)
    sealed = Note.objects.get().__dict__["text"].ciphertext
    before = wrapped_keys(team)
    root_client.secrets.transit.rotate_key(keyring.key_name)
    done = dict(rewrapping.rewrap_all())
    assert done[keyring.pk] == 1
    assert wrapped_keys(team) != before
    assert wrapped_keys(team)[0].startswith("vault:v2:")
    cache.forget()
    assert Note.objects.get().__dict__["text"].ciphertext == sealed
    assert Note.objects.get(pk=note.pk).text == "Buy milk"


def test_rewrapping_goes_on_where_it_was_killed(team, other_team):
    first, second = sorted([Keyring.objects.get(owner=team).pk, Keyring.objects.get(owner=other_team).pk])
    run = rewrapping.rewrap_all()
    assert next(run)[0] == first
    run.close()
    assert [pk for pk, _ in rewrapping.rewrap_all(after=first)] == [second]


def test_a_token_is_renewed_by_being_used(root_client, settings):
    made = root_client.auth.token.create(policies=["web"], no_default_policy=True, no_parent=True, period="768h")
    token = made["auth"]["client_token"]
    from nozbe.keyserver import KeyServer

    server = KeyServer(url=settings.KEY_SERVER_URL, token=token)
    assert root_client.auth.token.lookup(token)["data"].get("last_renewal_time") is None
    server.post("transit/encrypt/doctor", {"plaintext": "AAAA"})
    renewed = root_client.auth.token.lookup(token)["data"]["last_renewal_time"]
    assert renewed
    server.post("transit/encrypt/doctor", {"plaintext": "AAAA"})
    assert root_client.auth.token.lookup(token)["data"]["last_renewal_time"] == renewed


def rotate(**options: str) -> str:
    out = io.StringIO()
    call_command("rotate_keys", stdout=out, **options)
    return out.getvalue()


def epochs_of(notes) -> set[int]:
    return {note.__dict__["text"].ciphertext[4] for note in notes}


def test_rotation_leaves_what_is_damaged_names_it_and_goes_on(team, other_team):
    damaged, *_ = [Note.objects.create(team_id=owner, text="x") for owner in (team, team, other_team)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notes_note SET text = set_byte(text, 30, 0) WHERE id = %s", [damaged.pk])
    with pytest.raises(CommandError, match=f"notes.Note.text of {damaged.pk}"):
        rotate()
    cache.forget()
    assert epochs_of(Note.objects.exclude(pk=damaged.pk)) == {2}
    assert epochs_of(Note.objects.filter(pk=damaged.pk)) == {1}
    assert {note.text for note in Note.objects.exclude(pk=damaged.pk)} == {"x"}


def test_rotation_goes_past_an_owner_that_is_erased_meanwhile(team, other_team, monkeypatch):
    Note.objects.create(team_id=other_team, text="x")
    first = Keyring.objects.in_use().order_by("pk").first()
    monkeypatch.setattr(rotate_keys, "reseal", destroying(first, rotate_keys.reseal))
    assert "erased meanwhile" in rotate()


def destroying(keyring: Keyring, reseal):
    def first_destroy(owner):
        Keyring.objects.get(pk=keyring.pk).destroy()
        return reseal(owner)

    return first_destroy


def test_rotation_refuses_an_owner_nobody_knows_and_a_time_without_zone(team):
    with pytest.raises(CommandError, match="Nothing was changed"):
        rotate(owner=new_id())
    for time in ("2026-11-23T15:00:00", "yesterday", "2026-13-45T99:00:00+00:00"):
        with pytest.raises(CommandError, match="with its zone"):
            rotate(older_than=time)
    assert FieldKey.objects.count() == 1


def test_nothing_is_resealed_inside_redacted(team):
    Note.objects.create(team_id=team, text="x")
    with redacted(), pytest.raises(Redacted):
        rotate()

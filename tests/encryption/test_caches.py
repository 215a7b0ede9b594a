"""Unwrapped keys stay in memory for a while, through an outage, and never beyond their end."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.utils import timezone

from nozbe.encryption import epochs, keys
from nozbe.encryption.keys import KeyDestroyed, NotLetIn, cache
from nozbe.encryption.models import Keyring
from nozbe.keyserver import KeyServerUnavailable, forget_connections
from tests.encryption.conftest import age
from tests.keys import owner_with_keys
from tests.notes.models import Note

pytestmark = pytest.mark.django_db


def test_while_the_key_server_is_silent_cached_owners_go_on_and_others_get_503(team, other_team, silent_key_server):
    note = Note.objects.create(team_id=team, text="Buy milk")
    unread = Note.objects.create(team_id=other_team, text="Buy bread")
    cache.drop(other_team)
    cache._owners[team].fresh_until = 0  # stale
    silent_key_server()
    assert Note.objects.get(pk=note.pk).text == "Buy milk"
    note.text = "Buy tea"
    note.save()
    for attempt in (
        lambda: Note.objects.get(pk=unread.pk).text,
        lambda: Note.objects.create(team_id=other_team, text="x"),
    ):
        with pytest.raises(KeyServerUnavailable), transaction.atomic():
            attempt()
    assert Note.objects.count() == 2


def test_a_team_destroyed_while_the_key_server_is_silent_opens_nothing(team, silent_key_server, settings):
    Note.objects.create(team_id=team, text="Buy milk")
    settings.KEY_LEDGER_SECONDS = 0
    cache._owners[team].fresh_until = 0
    silent_key_server()
    Keyring.objects.filter(owner=team).update(destroyed_at=timezone.now())
    with pytest.raises(KeyDestroyed):
        Note.objects.get().text  # noqa: B018 — reading is the test


def test_a_value_of_a_new_epoch_is_not_called_damaged_while_the_key_server_is_silent(team, silent_key_server):
    before = cache.of(team)
    age(team, days=31)
    list(epochs.begin_due(older_than=timezone.now()))
    cache.forget()
    note = Note.objects.create(team_id=team, text="new")
    cache._owners[team] = before
    silent_key_server()
    with pytest.raises(KeyServerUnavailable):
        Note.objects.get(pk=note.pk).text  # noqa: B018 — reading is the test


def test_a_key_server_that_refuses_our_token_is_a_503_and_what_is_cached_is_not_used_on(team, settings):
    Note.objects.create(team_id=team, text="Buy milk")
    cache._owners[team].fresh_until = 0
    settings.KEY_SERVER_TOKEN = "revoked"
    with pytest.raises(NotLetIn) as refusal:
        Note.objects.get().text  # noqa: B018 — reading is the test
    assert refusal.value.status == 503


@pytest.mark.django_db(transaction=True)
def test_an_older_view_of_the_database_is_not_shared_with_others(settings):
    team = owner_with_keys()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert cache.of(team).newest == 1
        assert team not in cache._owners
    assert cache.of(team).newest == 1
    assert team in cache._owners


def test_when_it_answers_again_all_is_well(team, silent_key_server, settings, monkeypatch):
    Note.objects.create(team_id=team, text="Buy milk")
    url = settings.KEY_SERVER_URL
    cache.forget()
    silent_key_server()
    with pytest.raises(KeyServerUnavailable):
        Note.objects.get().text  # noqa: B018 — reading is the test
    settings.KEY_SERVER_URL = url
    forget_connections()
    monkeypatch.setattr(keys, "SILENCE_SECONDS", 0)
    cache._silent_until = 0
    assert Note.objects.get().text == "Buy milk"


def test_the_least_used_keys_leave_when_there_are_too_many(team, other_team, monkeypatch):
    monkeypatch.setattr(keys, "MOST_OWNERS", 1)
    cache.of(team)
    cache.of(other_team)
    assert list(cache._owners) == [other_team]

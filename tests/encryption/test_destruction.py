"""What is destroyed stays so: in the app at once, in the key server, in the ledger, after whatever comes."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from nozbe import second_store
from nozbe.encryption import destruction, jobs, ledger
from nozbe.encryption.keyring import key_service
from nozbe.encryption.keys import KeyDestroyed, cache
from nozbe.encryption.models import Keyring
from nozbe.keyserver import NoSuchKey
from nozbe.models import new_id
from tests.encryption.conftest import destroyed, ledger_now, wrapped_keys
from tests.notes.models import Note

pytestmark = pytest.mark.django_db


def test_from_the_moment_it_is_destroyed_nothing_opens_though_the_key_server_still_has_the_key(team):
    note = Note.objects.create(team_id=team, text="Buy milk")
    wrapped = wrapped_keys(team)
    keyring = destroyed(team)
    for attempt in (lambda: Note.objects.get().text, lambda: Note.objects.create(team_id=team, text="more")):
        with pytest.raises(KeyDestroyed) as refusal, transaction.atomic():
            attempt()
        assert refusal.value.status == 410
    assert Note.objects.get().pk == note.pk
    assert key_service().unwrap_many(keyring.key_name, wrapped)  # only the job ends it there


def test_the_job_writes_the_ledger_first_and_ends_the_key_in_the_key_server(
    team, as_worker, settings, silent_second_store
):
    good = settings.STORAGES
    wrapped = wrapped_keys(team)
    keyring = destroyed(team)
    silent_second_store()
    with pytest.raises(second_store.SecondStoreUnavailable):
        jobs.destroy_keys()
    assert key_service().unwrap_many(keyring.key_name, wrapped)
    assert Keyring.objects.due_for_destruction().count() == 1

    settings.STORAGES = good
    assert jobs.destroy_keys() == 1
    assert keyring.key_name in ledger_now()
    with pytest.raises(NoSuchKey):
        key_service().unwrap_many(keyring.key_name, wrapped)
    assert wrapped_keys(team) == []
    keyring.refresh_from_db()
    assert keyring.gone_at >= keyring.destroyed_at
    assert jobs.destroy_keys() == 0


def test_a_destruction_that_was_killed_half_way_is_finished_by_the_next_run(team, as_worker):
    keyring = destroyed(team)
    ledger.write(keyring.key_name, at=timezone.now())
    destruction.end_key(keyring.key_name, key_service())  # killed here: the row does not know
    assert jobs.destroy_keys() == 1
    assert keyring.key_name in ledger_now()


def test_a_line_of_the_ledger_cannot_be_taken_out(team, as_worker, settings):
    keyring = destroyed(team)
    jobs.destroy_keys()
    name = f"{ledger.PREFIX}{keyring.key_name}/"
    (version,) = [v for v in second_store.versions(settings.RECORD_BUCKET, prefix=name) if not v.is_deletion]
    client = second_store._client()
    with pytest.raises(client.exceptions.ClientError):
        client.delete_object(Bucket=settings.RECORD_BUCKET, Key=version.name, VersionId=version.version_id)
    second_store.delete(settings.RECORD_BUCKET, version.name)  # only hides it
    assert keyring.key_name in ledger_now()


FORGED = {
    "nothing": b"",
    "no JSON": b"destroy it",
    "unsigned": b'{"body": "{}", "version": 1, "signature": "AAAA"}',
    "a list": b"[]",
    "numbers": b'{"body": 1, "version": "x", "signature": 2}',
}


@pytest.mark.parametrize("how", FORGED)
def test_a_line_that_is_not_ours_ends_no_key(team, as_worker, settings, how):
    living = Keyring.objects.get(owner=team).key_name
    for name in (f"{living}/{new_id()}", living, f"record/{new_id()}"):
        second_store.put(settings.RECORD_BUCKET, f"{ledger.PREFIX}{name}", FORGED[how])
    second_store.delete(settings.RECORD_BUCKET, f"{ledger.PREFIX}{living}/hidden")
    assert living not in ledger_now()


def test_a_line_of_ours_under_another_keys_name_ends_no_key(team, other_team, as_worker, settings):
    destroyed(other_team)
    jobs.destroy_keys()
    living = Keyring.objects.get(owner=team).key_name
    line = next(line for line in ledger.read() if line.key == Keyring.objects.get(owner=other_team).key_name)
    second_store.put(settings.RECORD_BUCKET, f"{ledger.PREFIX}{living}/{new_id()}", line.content)
    assert living not in ledger_now()


def test_one_key_that_cannot_be_destroyed_does_not_hold_up_the_others(team, other_team, as_worker, monkeypatch):
    first, second = destroyed(team), destroyed(other_team)
    end_key = destruction.end_key

    def not_the_first(name, service):
        if name == first.key_name:
            raise destruction.StillThere(name)
        end_key(name, service)

    monkeypatch.setattr(destruction, "end_key", not_the_first)
    with pytest.raises(destruction.StillThere):
        jobs.destroy_keys()
    assert [keyring.pk for keyring in Keyring.objects.due_for_destruction()] == [first.pk]
    second.refresh_from_db()
    assert second.gone_at is not None


@pytest.mark.parametrize(
    "change",
    ["destroyed_at = NULL", "destroyed_at = now() + interval '1 day'", "owner = NULL, taken_at = NULL"],
)
def test_what_was_destroyed_cannot_be_brought_back_in_the_database(team, change):
    destroyed(team)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE encryption_keyring SET {change} WHERE owner = %s", [team])
    with pytest.raises(KeyDestroyed):
        cache.of(team)


def test_a_process_that_missed_the_message_finds_out_from_the_ledger(team, settings):
    settings.KEY_LEDGER_SECONDS = 0
    assert cache.of(team)
    Keyring.objects.filter(owner=team).update(destroyed_at=timezone.now())  # as if by another process, silently
    with pytest.raises(KeyDestroyed):
        cache.of(team)


def test_each_thread_looks_at_the_ledger_for_itself(team, settings):
    cache.of(team)
    looks = []
    other = threading.Thread(target=lambda: looks.append(cache._next_look()))
    other.start()
    other.join()
    assert cache._next_look() > 0
    assert looks == [0.0]

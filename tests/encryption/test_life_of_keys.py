"""Keys are ready before they are needed, safe before they are used, and really gone when they end."""

from __future__ import annotations

import copy
import secrets
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from nozbe import second_store
from nozbe.encryption import destruction, epochs, jobs, keys, pool, rewrapping, snapshots
from nozbe.encryption.keyring import key_service
from nozbe.encryption.keys import KeyDestroyed, cache
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.encryption.models.keyring import NoReadyKey
from nozbe.keyserver import KeyServerUnavailable, NoSuchKey, forget_connections
from nozbe.local import openbao
from nozbe.local import secrets as local_secrets
from nozbe.models import new_id
from tests.encryption.conftest import owner_with_keys, ready_keyring
from tests.notes.models import Note
from tests.servers import stack

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_worker(settings):
    """Speak to the key server with the worker's token."""
    settings.KEY_SERVER_TOKEN = local_secrets.read(stack(), openbao.TOKENS["worker"])
    settings.READY_KEYS = 2
    forget_connections()
    yield
    forget_connections()


@pytest.fixture
def silent_key_server(settings):
    """From now on nothing answers where the key server was."""

    def silence():
        settings.KEY_SERVER_URL = "http://127.0.0.1:9"
        forget_connections()

    yield silence
    forget_connections()


@pytest.fixture
def silent_second_store(settings):
    """From now on nothing answers where the second store was."""

    def silence():
        store = copy.deepcopy(settings.STORAGES[settings.SECOND_STORE])
        store["OPTIONS"]["endpoint_url"] = "http://127.0.0.1:9"
        settings.STORAGES = settings.STORAGES | {settings.SECOND_STORE: store}

    return silence


def wrapped_keys(owner: str) -> list[str]:
    return list(FieldKey.objects.filter(keyring__owner=owner).order_by("epoch").values_list("wrapped", flat=True))


def test_the_job_keeps_keys_ready_of_each_kind_and_every_one_is_in_a_snapshot_elsewhere(as_worker):
    before = snapshots.newest()
    assert jobs.keep_keys_ready() == 4
    assert snapshots.newest() != before
    for kind in Keyring.KINDS:
        ready = Keyring.objects.ready(kind)
        assert len(ready) == 2
        assert all(keyring.field_keys.count() == 1 for keyring in ready)
    newest = snapshots.newest()
    assert jobs.keep_keys_ready() == 0
    assert snapshots.newest() == newest  # nothing new, nothing to copy


def test_a_key_is_taken_without_the_key_server(as_worker, silent_key_server):
    pool.fill()
    silent_key_server()
    keyring = Keyring.objects.take(Keyring.TEAM, owner=new_id())
    assert keyring.safe_at <= keyring.taken_at
    assert Keyring.objects.ready(Keyring.TEAM).count() == 1


def test_when_the_second_store_is_down_no_key_becomes_ready_and_the_next_run_goes_on(
    as_worker, settings, silent_second_store
):
    good = settings.STORAGES
    silent_second_store()
    with pytest.raises(second_store.SecondStoreUnavailable):
        pool.fill()
    assert Keyring.objects.unfinished().count() == 4
    with pytest.raises(NoReadyKey) as refusal:
        Keyring.objects.take(Keyring.TEAM, owner=new_id())
    assert refusal.value.status == 503
    settings.STORAGES = good
    assert pool.fill() == 4
    assert Keyring.objects.count() == 4


def test_when_the_key_server_is_down_rows_wait_for_their_keys(as_worker, silent_key_server, settings):
    url = settings.KEY_SERVER_URL
    silent_key_server()
    with pytest.raises(KeyServerUnavailable):
        pool.fill()
    assert FieldKey.objects.count() == 0
    settings.KEY_SERVER_URL = url
    forget_connections()
    assert pool.fill() == 4


def test_a_truncated_snapshot_is_refused_and_makes_nothing_safe(as_worker, monkeypatch):
    from nozbe.keyserver import KeyServer

    whole = KeyServer.snapshot
    monkeypatch.setattr(KeyServer, "snapshot", lambda self: [(b := b"".join(whole(self)))[: len(b) // 2]])
    with pytest.raises(KeyServerUnavailable):
        pool.fill()
    assert Keyring.objects.ready(Keyring.TEAM).count() == 0


def test_the_database_refuses_to_hand_out_a_key_that_only_one_country_holds():
    keyring = Keyring.objects.create(kind=Keyring.TEAM)
    with pytest.raises(IntegrityError, match="only_safe_keys_are_taken"), transaction.atomic():
        Keyring.objects.filter(pk=keyring.pk).update(owner=new_id(), taken_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_two_teams_never_get_one_key_and_a_rollback_puts_it_back(as_worker):
    ready_keyring()
    with transaction.atomic():
        Keyring.objects.take(Keyring.TEAM, owner=new_id())
        transaction.set_rollback(True)
    Keyring.objects.take(Keyring.TEAM, owner=new_id())
    with pytest.raises(NoReadyKey):
        Keyring.objects.take(Keyring.TEAM, owner=new_id())


def test_snapshots_older_than_a_week_are_deleted_and_the_newest_stays(as_worker):
    bucket = second_store
    settings_bucket = "nozbe-keys"
    old = (timezone.now() - timedelta(days=8)).strftime(snapshots.NAME)
    bucket.put(settings_bucket, old, b"old")
    jobs.snapshot_key_server()
    names = list(bucket.names(settings_bucket, prefix=snapshots.PREFIX))
    assert old not in names
    assert names


def destroyed(team: str) -> Keyring:
    keyring = Keyring.objects.get(owner=team)
    keyring.destroy()
    cache.clear()
    return keyring


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
    assert keyring.key_name in set(destruction.ledger())
    with pytest.raises(NoSuchKey):
        key_service().unwrap_many(keyring.key_name, wrapped)
    assert wrapped_keys(team) == []
    keyring.refresh_from_db()
    assert keyring.gone_at >= keyring.destroyed_at
    assert jobs.destroy_keys() == 0


def test_a_destruction_that_was_killed_half_way_is_finished_by_the_next_run(team, as_worker):
    keyring = destroyed(team)
    destruction.write_ledger(Keyring.objects.get(pk=keyring.pk))
    destruction.end_key(keyring.key_name, key_service())  # killed here: the row does not know
    assert jobs.destroy_keys() == 1
    assert list(destruction.ledger()).count(keyring.key_name) == 1


def test_a_line_of_the_ledger_cannot_be_taken_out(team, as_worker, settings):
    keyring = destroyed(team)
    jobs.destroy_keys()
    name = f"{destruction.LEDGER}{keyring.key_name}"
    (version,) = [v for v in second_store.versions(settings.RECORD_BUCKET, prefix=name) if not v.is_deletion]
    client = second_store._client()
    with pytest.raises(client.exceptions.ClientError):
        client.delete_object(Bucket=settings.RECORD_BUCKET, Key=name, VersionId=version.version_id)
    second_store.delete(settings.RECORD_BUCKET, name)  # only hides it
    assert keyring.key_name in set(destruction.ledger())


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


def test_when_it_answers_again_all_is_well(team, silent_key_server, settings, monkeypatch):
    Note.objects.create(team_id=team, text="Buy milk")
    url = settings.KEY_SERVER_URL
    cache.clear()
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


def age(owner: str, *, days: int) -> None:
    FieldKey.objects.filter(keyring__owner=owner).update(created_at=timezone.now() - timedelta(days=days))


def test_epochs_begin_when_they_are_due_and_old_values_stay_readable(team, other_team):
    old = Note.objects.create(team_id=team, text="old")
    age(team, days=31)
    age(other_team, days=29)
    assert jobs.begin_epochs() == 1
    assert jobs.begin_epochs() == 0
    cache.clear()
    new = Note.objects.create(team_id=team, text="new")
    epoch_of = {note.pk: value.ciphertext[4] for note in Note.objects.all() for value in [note.__dict__["text"]]}
    assert epoch_of == {old.pk: 1, new.pk: 2}
    assert {note.text for note in Note.objects.all()} == {"old", "new"}


def test_a_process_that_does_not_know_a_new_epoch_yet_looks_again(team):
    assert cache.of(team).newest == 1
    before = cache.of(team)
    age(team, days=31)
    list(epochs.begin_due(older_than=timezone.now()))
    cache.clear()
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
    cache.clear()
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
    server.post(f"transit/keys/team-{secrets.token_hex(8)}", {"type": "aes256-gcm96"})
    renewed = root_client.auth.token.lookup(token)["data"]["last_renewal_time"]
    assert renewed
    server.post(f"transit/keys/team-{secrets.token_hex(8)}", {"type": "aes256-gcm96"})
    assert root_client.auth.token.lookup(token)["data"]["last_renewal_time"] == renewed


def test_an_account_has_keys_of_its_own(as_worker):
    owner = owner_with_keys(Keyring.ACCOUNT)
    assert Keyring.objects.get(owner=owner).key_name.startswith("account-")
    assert cache.of(owner).newest == 1

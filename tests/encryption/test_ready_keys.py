"""Keys are ready before they are needed, and safe elsewhere before they are used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from nozbe import second_store
from nozbe.encryption import jobs, pool, snapshots
from nozbe.encryption.keyring import key_service
from nozbe.encryption.keys import cache
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.encryption.models.keyring import NoReadyKey
from nozbe.keyserver import KeyServer, KeyServerUnavailable, forget_connections
from nozbe.models import new_id
from tests.keys import owner_with_keys, ready_keyring

pytestmark = pytest.mark.django_db


def test_the_job_keeps_keys_ready_of_each_kind_and_every_one_is_in_a_snapshot_elsewhere(as_worker, monkeypatch):
    before = snapshots.newest()
    assert jobs.keep_keys_ready() == 4
    assert snapshots.newest() != before
    for kind in Keyring.KINDS:
        ready = Keyring.objects.ready(kind)
        assert len(ready) == 2
        assert all(keyring.field_keys.count() == 1 for keyring in ready)
    monkeypatch.delattr(KeyServer, "snapshot")  # nothing new, nothing to copy
    assert jobs.keep_keys_ready() == 0


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


def test_a_ready_key_that_the_key_server_lost_is_withdrawn_and_made_anew(as_worker):
    pool.fill()
    lost = Keyring.objects.ready(Keyring.TEAM)[0]
    key_service().destroy_key(lost.key_name)
    assert pool.fill() == 1
    assert {keyring.pk for keyring in Keyring.objects.ready(Keyring.TEAM)} >= {lost.pk}
    taken = [Keyring.objects.take(Keyring.TEAM, owner=new_id()) for _ in range(2)]
    assert [cache.of(keyring.owner).newest for keyring in taken] == [1, 1]


def test_a_ready_key_that_was_destroyed_is_given_to_nobody(as_worker):
    ready_keyring().destroy()
    with pytest.raises(NoReadyKey):
        Keyring.objects.take(Keyring.TEAM, owner=new_id())


@pytest.mark.parametrize("name", ["!", "2999-01-01T00-00-00.000000Z.snap", "2026-19-39T00-00-00.000000Z.snap"])
def test_what_is_no_snapshot_of_ours_is_neither_the_newest_nor_in_the_way(as_worker, settings, name):
    second_store.put(settings.KEY_SNAPSHOT_BUCKET, f"{snapshots.PREFIX}{name}", b"planted")
    taken = snapshots.take()
    assert snapshots.newest() >= taken
    assert snapshots.newest() != f"{snapshots.PREFIX}{name}"
    snapshots.delete_old()
    assert f"{snapshots.PREFIX}{name}" in second_store.names(settings.KEY_SNAPSHOT_BUCKET, prefix=snapshots.PREFIX)
    second_store.delete(settings.KEY_SNAPSHOT_BUCKET, f"{snapshots.PREFIX}{name}")


def test_an_account_has_keys_of_its_own(as_worker):
    owner = owner_with_keys(Keyring.ACCOUNT)
    assert Keyring.objects.get(owner=owner).key_name.startswith("account-")
    assert cache.of(owner).newest == 1

"""The key of each file: made for it alone, useless beside another, gone with its team."""

from __future__ import annotations

import time

import pytest
from django.db import IntegrityError, transaction

from nozbe.encryption import file_keys, rewrapping
from nozbe.encryption.envelope import CannotOpen
from nozbe.encryption.keys import REFRESH_SECONDS, KeyDestroyed, cache
from nozbe.encryption.models import FileKey, Keyring
from nozbe.encryption.redaction import Redacted, redacted
from nozbe.keyserver import KeyServerUnavailable
from nozbe.models import new_id
from tests.encryption.conftest import destroyed
from tests.keys import the_worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_file_keys_of_other_tests():
    file_keys.forget()
    yield
    file_keys.forget()


def a_file(team: str) -> tuple[str, bytes]:
    file = new_id()
    made = file_keys.make(team, file)
    made.row.save(force_insert=True)
    return file, made.key


def test_each_file_has_a_key_of_its_own_that_is_found_again(team, other_team):
    files = [a_file(team), a_file(team), a_file(other_team)]
    assert len({key for _, key in files}) == 3
    file_keys.forget()
    assert [file_keys.of(owner, file) for owner, (file, _) in zip((team, team, other_team), files, strict=True)] == [
        key for _, key in files
    ]


def test_nothing_is_stored_before_the_file_is(team):
    file_keys.make(team, new_id())
    assert not FileKey.objects.exists()


def test_the_key_stands_in_no_column(team):
    file, key = a_file(team)
    row = FileKey.objects.get(pk=file)
    assert key.hex() not in row.wrapped
    with pytest.raises(IntegrityError), transaction.atomic():
        FileKey.objects.filter(pk=file).update(wrapped=key.hex())


def test_a_key_that_was_put_beside_another_file_does_not_pass_for_its_key(team):
    (mine, _), (other, _) = a_file(team), a_file(team)
    stolen = FileKey.objects.get(pk=other).wrapped
    FileKey.objects.filter(pk=mine).update(wrapped=stolen)
    with pytest.raises(CannotOpen, match="another file's"):
        file_keys.of(team, mine)


def test_what_is_no_file_key_at_all_is_refused(team):
    file, _ = a_file(team)
    keyring = Keyring.objects.get(owner=team)
    short = the_worker().wrap(keyring.key_name, file.encode())
    for wrapped in (short, "vault:v1:AAAA", keyring.field_keys.get().wrapped):
        FileKey.objects.filter(pk=file).update(wrapped=wrapped)
        with pytest.raises(CannotOpen):
            file_keys.of(team, file)


def test_another_team_does_not_get_it(team, other_team):
    file, _ = a_file(team)
    with pytest.raises(CannotOpen):
        file_keys.of(other_team, file)
    with pytest.raises(CannotOpen):
        file_keys.of(team, new_id())


def test_after_the_teams_key_was_destroyed_no_file_opens_and_none_is_made(team):
    file, _ = a_file(team)
    assert file_keys.of(team, file)
    destroyed(team)
    with pytest.raises(KeyDestroyed):
        file_keys.of(team, file)
    with pytest.raises(KeyDestroyed):
        file_keys.make(team, new_id())


def test_the_keys_of_files_are_gone_with_the_keyring(team, other_team):
    (mine, _), (other, _) = a_file(team), a_file(other_team)
    destroyed(team).note_gone()
    assert set(FileKey.objects.values_list("pk", flat=True)) == {other}
    assert mine != other


def test_a_known_key_is_used_while_the_key_server_is_silent_and_no_other(team, silent_key_server, monkeypatch):
    (known, key), (unknown, _) = a_file(team), a_file(team)
    assert file_keys.of(team, known) == key
    silent_key_server()
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + REFRESH_SECONDS + 1)
    assert file_keys.of(team, known) == key
    with pytest.raises(KeyServerUnavailable):
        file_keys.of(team, unknown)
    with pytest.raises(KeyServerUnavailable):
        file_keys.make(team, new_id())


def test_code_that_works_for_support_gets_no_key(team):
    file, _ = a_file(team)
    with redacted(), pytest.raises(Redacted):
        file_keys.of(team, file)


def test_rewrapping_changes_the_wrapping_alone_and_both_open(team, root_client, monkeypatch):
    monkeypatch.setattr(rewrapping, "FILES_AT_ONCE", 2)
    files = [a_file(team) for _ in range(5)]
    before = dict(FileKey.objects.values_list("pk", "wrapped"))
    keyring = Keyring.objects.get(owner=team)
    root_client.secrets.transit.rotate_key(keyring.key_name)
    done = dict(rewrapping.rewrap_all())
    assert done[keyring.pk] == 1 + len(files)
    after = dict(FileKey.objects.values_list("pk", "wrapped"))
    assert all(after[pk].startswith("vault:v2:") and before[pk].startswith("vault:v1:") for pk in before)
    cache.forget()
    file_keys.forget()
    assert [file_keys.of(team, file) for file, _ in files] == [key for _, key in files]

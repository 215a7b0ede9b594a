"""Keys for the tests' teams: real ones, from the run's key server, by the web site's own token."""

from __future__ import annotations

import hvac
import pytest
from django.utils import timezone

from nozbe.encryption.keyring import key_service
from nozbe.encryption.keys import cache
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.local import openbao
from nozbe.local.secrets import read
from nozbe.models import new_id
from tests.servers import ports, stack


def ready_keyring(kind: str = Keyring.TEAM) -> Keyring:
    """One that is ready to be taken, without the snapshot that makes it so."""
    keyring = Keyring.objects.create(kind=kind, safe_at=timezone.now())
    key_service().create_key(keyring.key_name)
    FieldKey.objects.add(keyring, epoch=1, wrapped=key_service().new_data_key(keyring.key_name).wrapped)
    return keyring


def owner_with_keys(kind: str = Keyring.TEAM) -> str:
    ready_keyring(kind)
    return str(Keyring.objects.take(kind, owner=new_id()).owner)


@pytest.fixture
def team(db) -> str:
    return owner_with_keys()


@pytest.fixture
def other_team(db) -> str:
    return owner_with_keys()


@pytest.fixture(autouse=True)
def _no_keys_of_other_tests():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def root_client() -> hvac.Client:
    """An operator at the key server."""
    return hvac.Client(url=openbao.url(ports()), token=read(stack(), openbao.ROOT_TOKEN))

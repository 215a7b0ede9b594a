"""What tests of encryption arrange: teams with keys, the worker's token, servers that do not answer."""

from __future__ import annotations

import copy
from datetime import timedelta

import hvac
import pytest
from django.utils import timezone

from nozbe.encryption import ledger
from nozbe.encryption.keys import cache
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.keyserver import forget_connections
from nozbe.local import openbao
from nozbe.local.secrets import read
from nozbe.signing import public_keys
from tests.keys import owner_with_keys
from tests.servers import ports, stack, worker_token


@pytest.fixture
def team(db) -> str:
    return owner_with_keys()


@pytest.fixture
def other_team(db) -> str:
    return owner_with_keys()


@pytest.fixture(autouse=True)
def _no_keys_of_other_tests():
    cache.forget()
    yield
    cache.forget()


@pytest.fixture
def root_client() -> hvac.Client:
    """An operator at the key server."""
    return hvac.Client(url=openbao.url(ports()), token=read(stack(), openbao.ROOT_TOKEN))


@pytest.fixture
def as_worker(settings):
    """Speak to the key server with the worker's token."""
    settings.KEY_SERVER_TOKEN = worker_token()
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


def ledger_now() -> set[str]:
    return set(ledger.verified(ledger.read(), by=public_keys()))


def wrapped_keys(owner: str) -> list[str]:
    return list(FieldKey.objects.filter(keyring__owner=owner).order_by("epoch").values_list("wrapped", flat=True))


def destroyed(team: str) -> Keyring:
    keyring = Keyring.objects.get(owner=team)
    keyring.destroy()
    cache.forget()
    return keyring


def age(owner: str, *, days: int) -> None:
    FieldKey.objects.filter(keyring__owner=owner).update(created_at=timezone.now() - timedelta(days=days))

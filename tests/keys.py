"""Keys for the tests' teams and people: real ones, from the run's key server."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from nozbe.encryption.keyring.openbao import OpenBao
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.keyserver import KeyServer
from nozbe.local import openbao
from nozbe.models import new_id
from tests.servers import ports, worker_token


def ready_keyring(kind: str = Keyring.TEAM) -> Keyring:
    """One that is ready to be taken, without the snapshot that makes it so."""
    keyring = Keyring.objects.create(kind=kind, safe_at=timezone.now())
    worker = the_worker()
    worker.create_key(keyring.key_name)
    FieldKey.objects.add(keyring, epoch=1, wrapped=worker.new_data_key(keyring.key_name).wrapped)
    return keyring


def the_worker() -> OpenBao:
    """Who alone makes keys, at the key server of the settings: the run's, unless a test has its own."""
    theirs = openbao.url(ports()) == settings.KEY_SERVER_URL
    return OpenBao(
        KeyServer(url=settings.KEY_SERVER_URL, token=worker_token() if theirs else settings.KEY_SERVER_TOKEN)
    )


def owner_with_keys(kind: str = Keyring.TEAM) -> str:
    ready_keyring(kind)
    return str(Keyring.objects.take(kind, owner=new_id()).owner)

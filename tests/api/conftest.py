from __future__ import annotations

import pytest

from nozbe.encryption.models import Keyring
from tests.api.caller import Caller
from tests.cast import GUEST, MEMBER, OWNER, STRANGER, the_team
from tests.keys import ready_keyring


@pytest.fixture
def owner(db) -> Caller:
    return Caller(OWNER.account())


@pytest.fixture
def member(db) -> Caller:
    return Caller(MEMBER.account())


@pytest.fixture
def guest(db) -> Caller:
    return Caller(GUEST.account())


@pytest.fixture
def stranger(db) -> Caller:
    return Caller(STRANGER.account())


@pytest.fixture
def nobody(db) -> Caller:
    return Caller()


@pytest.fixture
def team(db) -> str:
    return the_team().pk


@pytest.fixture
def keys_for_teams(db):
    for _ in range(3):
        ready_keyring(Keyring.TEAM)


@pytest.fixture
def keys_for_accounts(db):
    for _ in range(3):
        ready_keyring(Keyring.ACCOUNT)

from __future__ import annotations

import pytest

from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, the_team


@pytest.fixture
def owner(db) -> Caller:
    return Caller(OWNER.account())


@pytest.fixture
def admin(db) -> Caller:
    return Caller(ADMIN.account())


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
def team(db) -> str:
    return the_team().pk

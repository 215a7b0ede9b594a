from __future__ import annotations

import pytest

from accounts.models import Team
from tests.api.caller import Caller
from tests.cast import MEMBER, OWNER


@pytest.fixture(autouse=True)
def _three_a_minute(settings):
    settings.API_RATES = {"caller": "3/min"}


def test_who_asks_too_much_is_told_when_to_come_back(owner, keys_for_teams):
    for _ in range(3):
        assert owner.get("me").status_code == 200
    answer = owner.post("teams", {"name": "Too many"})
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"]) == (429, "too_many_requests", [])
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert Team.objects.count() == 0


def test_one_persons_haste_is_not_anothers(owner):
    for _ in range(4):
        owner.get("me")
    assert Caller(MEMBER.account()).get("me").status_code == 200


def test_all_tokens_of_a_person_count_together(owner):
    another = Caller(OWNER.account())
    answers = [caller.get("me").status_code for caller in (owner, another, owner, another)]
    assert answers == [200, 200, 200, 429]


def test_strangers_count_by_where_they_come_from(nobody, settings):
    settings.TRUSTED_PROXIES = 1
    headers = [{"X_Forwarded_For": f"{forged}, 192.0.2.{number}"} for number in (1, 2) for forged in range(4)]
    answers = [nobody.post("accounts", {}, **header).status_code for header in headers]
    assert answers == [400, 400, 400, 429] * 2

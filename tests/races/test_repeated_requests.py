"""The same request again, at the same moment or after everything was killed, acts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.models import ApiToken, Team
from nozbe.api.models import StoredAnswer
from nozbe.encryption.models import Keyring
from tests.cast import OWNER
from tests.encryption.own_servers import NotesProcess
from tests.keys import ready_keyring

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_request_acts_once_also_across_a_restart(tmp_path):
    _row, token = ApiToken.objects.issue(OWNER.account(), name="test", scope=ApiToken.WRITE)
    for _ in range(4):
        ready_keyring(Keyring.TEAM)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": "once"}
    site = NotesProcess(tmp_path / "web.log", urls="nozbe.urls")

    def start_a_team(_number: int = 0) -> tuple[int, dict, dict]:
        return site.ask("/api/v1/teams", {"name": "Once"}, headers=headers)

    site.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            at_once = list(pool.map(start_a_team, range(4)))
        site.kill()
        site.start()
        at_once.append(start_a_team())
    finally:
        site.kill()

    assert [status for status, _body, _headers in at_once] == [201] * 5
    assert len({body["id"] for _status, body, _headers in at_once}) == 1
    assert [headers.get("idempotency-replayed") for _status, _body, headers in at_once].count("true") == 4
    assert Team.objects.count() == 1
    assert StoredAnswer.objects.count() == 1

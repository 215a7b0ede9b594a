from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.accounts.entrance import sign_in, signed_in
from tests.cast import OWNER, PASSWORD

NEW = "battery-staple-horse"


@pytest.mark.django_db
def test_a_session_stays_in_the_list_when_its_password_changes_so_that_it_can_be_ended():
    OWNER.account()
    thief, owner = Client(), Client()
    sign_in(thief, OWNER)
    body = json.dumps({"password": PASSWORD, "new_password": NEW})
    assert thief.put("/api/v1/me/password", body, "application/json").status_code == 204
    assert signed_in(thief)

    sign_in(owner, OWNER, password=NEW)
    assert len(owner.get("/api/v1/me/sessions").json()["results"]) == 2
    owner.post("/settings/sessions/others/end")
    assert not signed_in(thief)
    assert signed_in(owner)

"""Signing up by the API."""

from __future__ import annotations

from nozbe.encryption.models import Keyring
from tests.api.caller import Caller, everything
from tests.cast import OWNER, PASSWORD
from tests.keys import ready_keyring

SIGN_UP = {"email": "new@example.com", "name": "N", "password": PASSWORD, "country": "PL", "time_zone": "UTC"}


def test_while_no_key_is_ready_a_known_address_is_answered_as_a_new_one(nobody):
    OWNER.account()
    before = everything()
    new, known = (nobody.post("accounts", SIGN_UP | {"email": email}) for email in ("new@example.com", OWNER.email))
    assert (new.status_code, new.json()["code"]) == (503, "no_ready_key")
    assert (known.status_code, known.json()["code"]) == (503, "no_ready_key")
    assert everything() == before


def test_whoever_signs_up_with_somebodys_address_uses_up_none_of_their_keys(owner, keys_for_accounts):
    key = {"Idempotency_Key": "import-1"}
    assert Caller().post("accounts", SIGN_UP | {"email": OWNER.email}, **key).status_code == 201
    ready_keyring(Keyring.TEAM)
    assert owner.post("teams", {"name": "Team"}, **key).status_code == 201

from __future__ import annotations

import base64
from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt, encrypt
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import sealing
from accounts.sealing import NEW_ADDRESSES, PREFIX, SECOND_FACTORS, CannotOpen
from tests.cast import OWNER, PASSWORD

SECRET = "JBSWY3DPEHPK3PXP"
seal, unseal = (partial(act, info=SECOND_FACTORS) for act in (sealing.seal, sealing.unseal))
KEY, OLD_KEY = "a-secret-key", "an-older-secret-key"
KNOWN = "sealed:1:AAECAwQFBgcICQoLq17K41KCojkKPsq-uyAYX-wKUFToN1Pi0BbwHdGkQCs="
"""Computed apart from our code: HKDF by two HMACs, and AES-256-GCM."""


def client_who_confirmed() -> Client:
    OWNER.account()
    client = Client()
    client.post("/sign-in", {"login": OWNER.email, "password": PASSWORD})
    client.post("/confirm-it-is-you", {"password": PASSWORD})
    return client


def test_a_secret_is_sealed_as_computed_elsewhere():
    assert seal(SECRET, secret_key=KEY, nonce=bytes(range(12))) == KNOWN
    assert unseal(KNOWN, secret_keys=[KEY]) == SECRET


def test_the_same_secret_is_never_sealed_the_same():
    assert len({seal(SECRET, secret_key=KEY) for _ in range(100)}) == 100


def test_an_older_secret_key_still_opens_until_it_is_dropped():
    sealed = seal(SECRET, secret_key=OLD_KEY)
    assert unseal(sealed, secret_keys=[KEY, OLD_KEY]) == SECRET
    with pytest.raises(CannotOpen):
        unseal(sealed, secret_keys=[KEY])


def test_what_is_sealed_for_one_purpose_is_no_text_for_another():
    with pytest.raises(CannotOpen):
        unseal(seal(SECRET, secret_key=KEY), secret_keys=[KEY], info=NEW_ADDRESSES)


def test_one_flipped_bit_is_refused_wherever_it_is():
    sealed = base64.urlsafe_b64decode(KNOWN.removeprefix(PREFIX))
    for bit in range(8 * len(sealed)):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            unseal(PREFIX + base64.urlsafe_b64encode(flipped).decode(), secret_keys=[KEY])


@pytest.mark.parametrize(
    "text", ["", SECRET, PREFIX, PREFIX + "AAEC", PREFIX + "é", PREFIX + "!", "sealed:2:" + KNOWN[9:]]
)
def test_what_was_never_sealed_by_us_is_no_secret(text):
    with pytest.raises(CannotOpen):
        unseal(text, secret_keys=[KEY])


@pytest.mark.django_db
def test_the_site_seals_with_its_own_key_and_opens_with_its_older_ones(settings):
    sealed = encrypt(SECRET)
    assert unseal(sealed, secret_keys=[settings.SECRET_KEY]) == SECRET
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "x" * 50
    assert decrypt(sealed) == SECRET


@pytest.mark.django_db
def test_an_app_being_set_up_leaves_its_secret_in_clear_nowhere_in_the_database():
    client = client_who_confirmed()
    shown = client.get("/settings/security/app").context["form"].secret
    client.post("/settings/security/app", {"code": "000000"})
    assert client.get("/settings/security/app").context["form"].secret != shown, "a new one for each visit"
    for session in Session.objects.all():
        for value in session.get_decoded().values():
            assert shown not in str(value)


@pytest.mark.django_db
def test_what_the_database_keeps_of_an_app_and_of_recovery_codes_is_sealed():
    client = client_who_confirmed()
    shown = client.get("/settings/security/app").context["form"].secret
    code = format_hotp_value(hotp_value(shown, next(iter(yield_hotp_counters_from_time()))))
    assert client.post("/settings/security/app", {"code": code}).status_code == 302
    kept = {factor.type: factor.data for factor in Authenticator.objects.all()}
    assert decrypt(kept["totp"]["secret"]) == shown
    assert kept["totp"]["secret"].startswith(PREFIX)
    assert kept["recovery_codes"]["seed"].startswith(PREFIX)

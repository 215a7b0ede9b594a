from __future__ import annotations

import time

import pytest
from allauth.core.context import request_context
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import transaction
from django.test import RequestFactory

from accounts import factors
from accounts.second_factors import use_code
from tests.api.caller import Caller
from tests.cast import OWNER, PASSWORD
from tests.races.held import PATIENCE_SECONDS, Actor, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_who_show_one_code_at_once_one_gets_in():
    owner = OWNER.account()
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    def show() -> bool:
        with request_context(RequestFactory().get("/")):
            return use_code(owner, code) is not None

    actors = [Actor(show) for _ in range(5)]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join(20)
    assert sorted(actor.outcome for actor in actors) == [False, False, False, False, True]


def test_a_code_shown_while_its_app_is_removed_is_wrong_and_nobody_waits_in_a_circle():
    owner = OWNER.account()
    secret = generate_totp_secret()
    app = TOTP.activate(owner, secret).instance
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    given = {"email": OWNER.email, "password": PASSWORD, "otp": code}
    actor = Actor(lambda: Caller().post("tokens", given, Idempotency_Key="1").status_code)
    with transaction.atomic():
        owner.lock()
        actor.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not waiting():
            assert actor.is_alive(), actor.outcome
            assert time.monotonic() < deadline
            time.sleep(0.01)
        factors.remove(app, owner)
    actor.join(PATIENCE_SECONDS)
    assert actor.outcome == 403

from __future__ import annotations

import pytest
from allauth.core.context import request_context
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import RequestFactory

from accounts.second_factors import use_code
from tests.cast import OWNER
from tests.races.held import Actor

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

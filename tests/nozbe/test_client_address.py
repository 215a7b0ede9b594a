"""Who asks is what our own proxy noted, for every part that counts by it."""

from __future__ import annotations

import pytest
from allauth.account.adapter import get_adapter
from django.test import RequestFactory
from rest_framework.throttling import BaseThrottle

from nozbe.client_address import client_address, network_of

PROXY = "10.0.0.1"


def asked(*, forwarded: str | None = None, remote: str = PROXY):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, PROXY),
        (0, "203.0.113.7", PROXY),  # nobody of ours wrote that
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1,\t2001:db8::7", "2001:db8::7"),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
    ],
)
def test_the_address_is_what_our_proxy_noted_whatever_was_forged(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    request = asked(forwarded=forwarded)
    assert client_address(request) == address
    assert get_adapter().get_client_ip(request) == address
    assert BaseThrottle().get_ident(request) == address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (None, PROXY),
        ("", PROXY),
        ("unknown", PROXY),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:0DB8:0::0007", "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
    ],
)
def test_an_odd_note_becomes_an_address_or_is_left_aside(settings, forwarded, address):
    settings.TRUSTED_PROXIES = 1
    assert client_address(asked(forwarded=forwarded)) == address
    assert get_adapter().get_client_ip(asked(forwarded=forwarded)) == address


def test_fewer_notes_than_proxies_fail_nobody(settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert get_adapter().get_client_ip(asked(forwarded="203.0.113.7")) == PROXY


def test_a_request_without_any_address_has_none():
    assert client_address(asked(remote="")) == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("2001:db8:1:3::", "2001:db8:1:3::"),
        ("", ""),
    ],
)
def test_one_home_is_one_network(address, network):
    assert network_of(address) == network

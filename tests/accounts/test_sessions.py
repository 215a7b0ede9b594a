from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.devices import in_words
from accounts.jobs import end_expired_sessions
from tests.accounts.entrance import sign_in, signed_in, verbs
from tests.cast import ADMIN, MEMBER

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def elsewhere() -> Client:
    """MEMBER, signed in on another device."""
    MEMBER.account()
    client = Client(headers={"User-Agent": FIREFOX})
    sign_in(client, MEMBER)
    return client


def test_the_list_says_where_one_is_signed_in(client, elsewhere, django_assert_num_queries):
    sign_in(client, MEMBER)
    client.get("/")
    with django_assert_num_queries(4):
        text = client.get("/settings/sessions").content.decode()
    assert text.count('<p class="title">') == 2
    assert "Firefox on Windows" in text
    assert text.count("This device") == 1
    assert "127.0.0.1" in text


def test_signing_out_another_device_ends_it_at_once(client, elsewhere):
    sign_in(client, MEMBER)
    path = re.search(r'action="(/settings/sessions/\d+/end)"', client.get("/settings/sessions").content.decode())[1]
    assert signed_in(elsewhere)
    client.post(path)
    assert not signed_in(elsewhere)
    assert signed_in(client)
    assert (Session.objects.count(), UserSession.objects.count(), verbs()[-1]) == (1, 1, "session.ended")


def test_signing_out_everywhere_else_leaves_this_device(client, elsewhere):
    third = Client()
    for one in (client, third):
        sign_in(one, MEMBER)
    assert "2 other devices" in client.post("/settings/sessions/others/end", follow=True).content.decode()
    assert [signed_in(one) for one in (client, elsewhere, third)] == [True, False, False]


def test_nobody_ends_somebody_elses_session(client, elsewhere):
    ADMIN.account()
    sign_in(client, ADMIN)
    theirs = UserSession.objects.get(user=MEMBER.account())
    client.post(f"/settings/sessions/{theirs.pk}/end")
    client.post("/settings/sessions/others/end")
    assert signed_in(elsewhere)


def test_when_a_session_was_last_used_is_noted_every_five_minutes(client, elsewhere):
    row = UserSession.objects.get()
    elsewhere.get("/")
    hour_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(last_seen_at=hour_ago)
    elsewhere.get("/")
    row.refresh_from_db()
    assert row.last_seen_at == hour_ago

    session = elsewhere.session
    session["seen"] = int(hour_ago.timestamp())
    session.save()
    elsewhere.get("/")
    row.refresh_from_db()
    assert timezone.now() - row.last_seen_at < timedelta(minutes=1)


def test_what_somebody_changed_about_the_password_ends_the_rows_too(client, elsewhere):
    MEMBER.account().change_password("another-long-password")
    sign_in(client, MEMBER, password="another-long-password")
    assert client.get("/settings/sessions").content.decode().count('<p class="title">') == 1


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 "
         "Edg/140.0", "Edge on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Ubuntu Chromium/140.0 Chrome/140.0 "
         "Safari/537.36", "Chromium on Linux"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
         "Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
         "Safari/605.1.15", "Safari on macOS"),
        ("curl/8.0", "An unknown device"),
        ("", "An unknown device"),
        ("<script>alert(1)</script> Windows", "Windows"),
    ],
)  # fmt: skip
def test_a_device_is_named_in_words(claim, words):
    assert in_words(claim) == words


def test_of_a_session_that_is_over_nothing_stays_noted(client, elsewhere):
    sign_in(client, MEMBER)
    begun = UserSession.objects.get(session_key=client.session.session_key)
    over = UserSession.objects.get(session_key=elsewhere.session.session_key)
    hours_ago = timezone.now() - timedelta(hours=2)
    Session.objects.filter(pk=over.session_key).update(expire_date=hours_ago)
    UserSession.objects.filter(pk=over.pk).update(last_seen_at=hours_ago)
    Session.objects.filter(pk=begun.session_key).delete()  # or is not stored yet
    assert [end_expired_sessions() for _ in range(2)] == [1, 0]
    assert list(UserSession.objects.values_list("pk", flat=True)) == [begun.pk]

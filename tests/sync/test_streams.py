"""A stream lasts as long as the session or token that opened it, and no longer."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import ApiToken
from tests.api.caller import Caller
from tests.cast import ADMIN, MEMBER, OWNER, PASSWORD, STRANGER, Person, new_team, the_team
from tests.encryption.own_servers import wait_until
from tests.relay import Relay
from tests.sync.events_process import EventsProcess, Listener

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 3
"""Seconds, on a busy machine; usually it is a few hundredths."""


@pytest.fixture
def events(tmp_path):
    """Looks at its streams when it is told to, and otherwise only after a minute."""
    process = EventsProcess(tmp_path)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def deaf(tmp_path):
    """Hears no announcement, and looks every second."""
    process = EventsProcess(tmp_path, valkey_url="redis://:nobody@127.0.0.1:1/0", heartbeat_seconds=1)
    process.start()
    yield process
    process.stop()


def signed_in(person: Person) -> Client:
    person.account()
    client = Client()
    assert client.post("/sign-in", {"login": person.email, "password": PASSWORD}).status_code == 302
    return client


def by_session(client: Client) -> dict:
    return {"cookies": {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}}


def by_token(person: Person) -> tuple[ApiToken, dict]:
    row, text = ApiToken.objects.issue(person.account(), name="test", scope=ApiToken.READ)
    return row, {"headers": {"Authorization": f"Bearer {text}"}}


def test_somebody_removed_from_their_only_team_loses_session_token_and_streams_at_once(events):
    team = the_team()
    browser = signed_in(MEMBER)
    _row, token = by_token(MEMBER)
    theirs = [Listener(events.open(**shown)) for shown in (by_session(browser), token)]
    others = Listener(events.open(**by_session(signed_in(ADMIN))))

    Caller(OWNER.account()).delete(f"teams/{team.pk}/members/{MEMBER.account().pk}")

    assert all(stream.ends_within(AT_ONCE) for stream in theirs)
    for shown in (by_session(browser), token):
        assert events.open(**shown).status_code == 401
    assert browser.get("/settings").status_code == 302
    assert Client().get("/api/v1/me", headers=token["headers"]).status_code == 401
    assert not others.ended.is_set()


def test_somebody_removed_from_one_of_two_teams_keeps_their_streams(events):
    team = the_team()
    new_team("Their own", owner=MEMBER.account())
    stream = Listener(events.open(**by_session(signed_in(MEMBER))))
    Caller(OWNER.account()).delete(f"teams/{team.pk}/members/{MEMBER.account().pk}")
    assert stream.goes_on_for(1)


def test_signing_out_ends_the_stream_of_that_browser_and_no_other(events):
    one, other = signed_in(MEMBER), signed_in(MEMBER)
    streams = [Listener(events.open(**by_session(client))) for client in (one, other)]
    one.post("/sign-out")
    assert streams[0].ends_within(AT_ONCE)
    assert streams[1].goes_on_for(0.5)


def test_revoking_a_token_or_changing_the_password_ends_what_it_opened(events):
    row, token = by_token(MEMBER)
    with_token = Listener(events.open(**token))
    with_session = Listener(events.open(**by_session(signed_in(MEMBER))))
    row.revoke(by=row.account)
    assert with_token.ends_within(AT_ONCE)
    assert not with_session.ended.is_set()
    MEMBER.account().change_password("another-long-password")
    assert with_session.ends_within(AT_ONCE)


def test_when_no_announcement_arrives_the_heartbeat_finds_out(deaf):
    row, token = by_token(MEMBER)
    _row, other = by_token(STRANGER)
    stream, others = Listener(deaf.open(**token)), Listener(deaf.open(**other))
    row.revoke(by=row.account)
    assert stream.ends_within(1 + AT_ONCE)
    wait_until(lambda: b": alive" in others.heard)
    assert not others.ended.is_set()


def test_what_was_announced_while_valkey_was_away_is_found_when_it_is_back(tmp_path):
    relay = Relay()
    events = EventsProcess(tmp_path, valkey_url=relay.url())
    events.start()
    try:
        row, token = by_token(MEMBER)
        stream = Listener(events.open(**token))
        assert stream.goes_on_for(1)  # it is looked at once more after it is opened
        relay.cut()
        row.revoke(by=row.account)
        relay.mend()
        assert stream.ends_within(2 + AT_ONCE)  # it tries again every two seconds
    finally:
        events.stop()
        relay.close()


def test_a_wrong_token_opens_nothing_even_beside_a_good_session(events):
    shown = by_session(signed_in(MEMBER))
    for header in (b"Bearer nozbe_wrong", b"Bearer ", b"Basic b3duZXI6eA==", b"nozbe", b"Bearer \x80"):
        answer = events.open(**shown, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

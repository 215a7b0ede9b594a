"""Bad input: a clear 4xx that names the field, and nothing changed."""

from __future__ import annotations

import json

import pytest

from tests.api.caller import Caller, everything
from tests.cast import GUEST, OWNER, PASSWORD, the_strangers_team, the_team

SIGN_UP = {"email": "new@example.com", "name": "N", "password": PASSWORD, "country": "PL", "time_zone": "UTC"}
TOKEN = {"email": OWNER.email, "password": PASSWORD}
INVITATION = {"email": "new@example.com", "role": "guest"}
LONG = "x" * 100_000
UNMAILABLE = ["x@a\u05d0.com", "x@a\u06ddb.com"]
INVISIBLE = "\u200b\u202e"
NOT_TEXT = [None, 7, 1.5, True, [], {}, ["x"]]
BAD_TEXT = ["", "zero\x00byte", "half \ud800 a pair", LONG]


def cases():
    for field in ("name", "email", "password", "country", "time_zone"):
        for value in [*NOT_TEXT, *BAD_TEXT]:
            yield "POST", "accounts", SIGN_UP, field, value
    for value in ("nobody", "a@b", "@example.com", "a b@example.com"):
        yield "POST", "accounts", SIGN_UP, "email", value
    for value in UNMAILABLE:
        yield "POST", "accounts", SIGN_UP, "email", value
        yield "POST", "teams/{team}/invitations", INVITATION, "email", value
        yield "POST", "me/email", {"password": PASSWORD}, "email", value
    for method, path, good in (("POST", "accounts", SIGN_UP), ("PATCH", "me", {}), ("POST", "teams", {})):
        yield method, path, good, "name", INVISIBLE
    yield "PATCH", "teams/{team}", {}, "name", INVISIBLE
    for value in ("short", "password1234", "new@example.com"):
        yield "POST", "accounts", SIGN_UP, "password", value
    for value in ("XX", "Poland", "p", "🇵🇱"):
        yield "POST", "accounts", SIGN_UP, "country", value
    for value in ("Mars/Olympus", "../../etc/passwd", "europe/warsaw", "UTC+25"):
        yield "POST", "accounts", SIGN_UP, "time_zone", value
        yield "PATCH", "me", {}, "time_zone", value
    for field in ("name", "country", "language"):
        for value in [*NOT_TEXT, *BAD_TEXT]:
            yield "PATCH", "me", {}, field, value
    for field in ("id", "email", "created_at", "password", "is_active"):
        yield "PATCH", "me", {"name": "New"}, field, "x" * 16
    for value in ("99999-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "tomorrow", 7, ""):
        yield "POST", "tokens", TOKEN, "expires_at", value
    for value in ("admin", "", None, 1, ["read"], {"read": 1}):
        yield "POST", "tokens", TOKEN, "scope", value
    for value in [*NOT_TEXT[:-1], *BAD_TEXT]:
        yield "POST", "tokens", TOKEN, "label", value
        yield "POST", "teams", {}, "name", value
        yield "PATCH", "teams/{team}", {}, "name", value
    for value in ("short", "x" * 17, "ü" * 16, "0" * 15 + "\n", "0" * 15 + "\x00", 7, None, "{strangers_team}"):
        yield "POST", "teams", {"name": "N"}, "id", value
    for value in ("owner", "", None, 1, [], "guest\x00"):
        yield "POST", "teams/{team}/invitations", INVITATION, "role", value
        yield "PATCH", "teams/{team}/members/{guest}", {}, "role", value
    for value in [*NOT_TEXT, "nobody", "a" * 250 + "@example.com"]:
        yield "POST", "teams/{team}/invitations", INVITATION, "email", value
        yield "POST", "me/email", {"password": PASSWORD}, "email", value
    for value in [*NOT_TEXT, "short"]:
        yield "PUT", "teams/{team}/owner", {}, "account", value
    for value in [*NOT_TEXT, *BAD_TEXT]:
        yield "POST", "invitations/acceptance", {}, "token", value
    for value in ("short", "password1234", OWNER.email, None, LONG):
        yield "PUT", "me/password", {"password": PASSWORD}, "new_password", value


def test_each_field_says_what_will_not_do(owner, team, keys_for_teams, keys_for_accounts):
    ids = {"team": team, "guest": GUEST.account().pk, "strangers_team": the_strangers_team().pk}
    before = everything()
    wrong = []
    for method, path, good, field, value in cases():
        value = ids["strangers_team"] if value == "{strangers_team}" else value
        answer = owner.ask(method, path.format(**ids), good | {field: value})
        fields = {error["field"].partition(".")[0] for error in answer.json().get("errors", ())}
        if answer.status_code != 400 or fields != {field}:
            wrong.append((method, path, field, repr(value)[:60], answer.status_code, answer.content[:200]))
    assert wrong == []
    assert everything() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"7",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b"\xff\xfe",
        b'{"name": "\xed\xa0\x80"}',
        b"[" * 90_000,
        b'{"a":' * 20_000,
        b'{"name": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_object_is_refused(owner, keys_for_teams, body):
    before = everything()
    answer = owner.post("teams", body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "detail", "errors"}
    assert everything() == before


@pytest.mark.parametrize("name", ["colour", "Name", "name ", "", "\x00", "\ud800", "__class__"])
def test_an_unknown_field_is_named_and_nothing_is_done(owner, keys_for_teams, name):
    before = everything()
    answer = owner.post("teams", {"name": "N", name: 1})
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(name, "unknown_field")]
    assert everything() == before


def test_ten_megabytes_are_refused_unread(owner, keys_for_teams):
    before = everything()
    answer = owner.post("teams", {"name": "x" * 10_000_000})
    assert answer.status_code == 413
    assert [error["field"] for error in answer.json()["errors"]] == ["body"]
    assert everything() == before


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(owner, media_type):
    answer = owner.client.generic("POST", "/api/v1/teams", b"name=x", media_type, headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "path",
    [
        "teams/x",
        "teams/" + "0" * 17,
        "teams/%00" + "0" * 15,
        "teams/%ED%A0%80",
        "nowhere",
        "teams/",
        "tokens/../me",
    ],
)
def test_what_is_no_address_is_the_same_as_what_does_not_exist(owner, path):
    unknown = owner.get("teams/0000000000000000")
    answer = owner.get(path)
    assert (answer.status_code, answer.content) == (404, unknown.content)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_says_which_are(owner, method):
    answer = owner.ask(method, "teams")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer nozbe_x", "Basic b3duZXI6eA==", "nozbe_x", "Bearer nozbe_\ud800", "Bearer \x00"],
)
def test_a_token_that_is_none_lets_nobody_in(db, header):
    the_team()
    caller = Caller()
    caller.headers["Authorization"] = header.encode("utf-8", "surrogatepass").decode("latin-1")
    answer = caller.get("me")
    assert (answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]) == (401, "not_signed_in", "Bearer")


def test_no_text_of_a_refusal_repeats_a_password(nobody):
    answer = nobody.post("accounts", SIGN_UP | {"password": "canary-pw", "name": "\x00"})
    assert answer.status_code == 400
    assert "canary-pw" not in json.dumps(answer.json())

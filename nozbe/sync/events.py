"""`GET /api/v1/sync/events`: a Server-Sent Events stream (WHATWG HTML, 9.2) for whoever is signed in.

It says nothing but that it lives, yet: "pull now" comes with sync itself. Plain ASGI, because a thread per idle
stream would be one too many.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

PATH = "/api/v1/sync/events"
HEARTBEAT_SECONDS = 15
RETRY_MILLISECONDS = 3000

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _http(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _http(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/healthz":
        await _answer(send, 200, {"ok": True})
    elif not _host_is_ours(scope):
        await _answer(send, 400, _problem("bad_request", "That host name is not ours."))
    elif scope["path"] != PATH:
        await _answer(send, 404, _problem("not_found", "There is nothing here."))
    elif scope["method"] != "GET":
        await _answer(send, 405, _problem("method_not_allowed", "Only GET is possible here."), [(b"allow", b"GET")])
    else:
        await _stream_when_signed_in(scope, receive, send)


async def _stream_when_signed_in(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        account_id = await sync_to_async(_account_id)(_session_key(scope))
    except DatabaseError:
        detail = "A part of the service is restarting; try again."
        await _answer(send, 503, _problem("service_unavailable", detail), [(b"retry-after", b"5")])
        return
    if account_id is None:
        await _answer(send, 401, _problem("not_signed_in", "Sign in first."), [(b"www-authenticate", b"Session")])
    else:
        await _stream(receive, send)


async def _stream(receive: Receive, send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"retry: %d\n\n" % RETRY_MILLISECONDS, "more_body": True})
    gone = asyncio.create_task(_until_disconnected(receive))
    try:
        while not gone.done():
            await asyncio.wait([gone], timeout=HEARTBEAT_SECONDS)
            if not gone.done():
                await send({"type": "http.response.body", "body": b": alive\n\n", "more_body": True})
    finally:
        gone.cancel()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, body: dict[str, Any], more: list[tuple[bytes, bytes]] | None = None) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def _problem(code: str, detail: str) -> dict[str, Any]:
    return {"code": code, "detail": detail, "errors": []}


def _host_is_ours(scope: Scope) -> bool:
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 and validate_host(split_domain_port(hosts[0])[0], settings.ALLOWED_HOSTS)


def _session_key(scope: Scope) -> str | None:
    cookies: SimpleCookie = SimpleCookie()
    try:
        for name, value in scope["headers"]:
            if name == b"cookie":
                cookies.load(value.decode("latin-1"))
    except CookieError:
        return None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else None


def _account_id(session_key: str | None) -> str | None:
    """The signed-in account's ID; None when the session is unknown, over, or older than the password."""
    if session_key is None:
        return None
    close_old_connections()
    try:
        request = HttpRequest()
        request.session = SessionStore(session_key)
        if SESSION_KEY not in request.session:
            return None
        user = get_user(request)
        return str(user.pk) if user.is_authenticated else None
    finally:
        close_old_connections()

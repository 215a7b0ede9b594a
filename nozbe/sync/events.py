"""`GET /api/v1/sync/events`: a Server-Sent Events stream (WHATWG HTML, 9.2) for whoever is signed in,
by session or by token, and for as long.

It says "pull now", and never what there is. Plain ASGI, because a thread per idle stream would be one too many.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseIsAway
from django.db import close_old_connections
from django.http.request import split_domain_port, validate_host

from nozbe.errors import DomainError, refusal_headers
from nozbe.sync.credentials import Credential, credential_of
from nozbe.sync.streams import Stream, Streams

PATH = "/api/v1/sync/events"
RETRY_MILLISECONDS = 3000
PULL = b"data: pull\n\n"
ALIVE = b": alive\n\n"

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
        credential = await sync_to_async(_credential)(scope)
    except DatabaseIsAway:
        detail = "A part of the service is restarting; try again."
        await _answer(send, 503, _problem("service_unavailable", detail), [(b"retry-after", b"5")])
    except DomainError as refusal:
        headers = [(name.lower().encode(), value.encode()) for name, value in refusal_headers(refusal).items()]
        await _answer(send, refusal.status, _problem(refusal.code, refusal.detail), headers)
    else:
        if credential is None:
            await _answer(send, 401, _problem("not_signed_in", "Sign in first."), [(b"www-authenticate", b"Bearer")])
        else:
            with _streams().holding(credential) as stream:
                _streams().look_at(credential.account_id)  # access may have ended before it was held
                await _stream(stream, receive, send)


async def _stream(stream: Stream, receive: Receive, send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"retry: %d\n\n" % RETRY_MILLISECONDS, "more_body": True})
    gone = asyncio.create_task(_until_disconnected(receive))
    over = asyncio.create_task(stream.over.wait())
    news = asyncio.create_task(stream.news.wait())
    try:
        while not gone.done() and not over.done():
            await asyncio.wait(
                [gone, over, news], timeout=settings.STREAM_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if not gone.done() and not over.done():
                said = PULL if news.done() else ALIVE
                if news.done():
                    stream.news.clear()
                    news = asyncio.create_task(stream.news.wait())
                await send({"type": "http.response.body", "body": said, "more_body": True})
        if not gone.done():
            await send({"type": "http.response.body", "body": b""})  # it comes again, and is told why not
    finally:
        for task in (gone, over, news):
            task.cancel()


@cache
def _streams() -> Streams:
    return Streams()


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


def _credential(scope: Scope) -> Credential | None:
    close_old_connections()
    try:
        return credential_of(ASGIRequest(scope, io.BytesIO()))
    finally:
        close_old_connections()

"""`Idempotency-Key`: the same request sent twice acts once (draft-ietf-httpapi-idempotency-key-header).

The answer is stored, sealed, in the transaction of what was done. So either both are there or neither, whatever is
killed in between; a second request with the key waits for the first, then gets its answer. Refusals are not stored:
nothing was done, and the next try may succeed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from nozbe.api.models import StoredAnswer
from nozbe.api.refusals import Invalid
from nozbe.errors import DomainError

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,200}")
KEPT_HEADERS = ("ETag", "Location")


class KeyUsedForSomethingElse(DomainError):
    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was used for another request. Nothing was done; use a new one."))


def once(
    request: Request,
    *,
    owner: str,
    act: Callable[[], Response],
    refuse_to_repeat: Callable[[Any], None] = lambda body: None,
    purpose: str = "",
) -> Response:
    """Act in a transaction; with a key that the account `owner` used before, answer what was answered then.

    `purpose` keeps keys apart that are not the owner's own: what anybody may ask about an account, with keys that they
    make up, leaves its keys alone. `refuse_to_repeat` is given the body of what was answered then, and raises when it
    is not to be seen any more. Raises KeyUsedForSomethingElse, and Invalid for a key that is none.
    """
    key = request.headers.get(HEADER)
    with transaction.atomic():
        if key is None:
            return act()
        key_hash = _key_hash(key, purpose)
        _wait_for_others(owner, key_hash)
        stored = StoredAnswer.objects.filter(account_id=owner, key_hash=key_hash).first()
        if stored is not None:
            return _again(request, stored, refuse_to_repeat)
        answer = act()
        store(request, answer, owner=owner, purpose=purpose)
        return answer


def store(request: Request, answer: Response, *, owner: str, purpose: str = "") -> None:
    """Keep the answer for the request's key, if it has one. Inside of the transaction of what it is about."""
    key = request.headers.get(HEADER)
    if key is None:
        return
    kept = {
        "status": answer.status_code,
        "headers": {name: answer[name] for name in KEPT_HEADERS if name in answer},
        "body": answer.data,
    }
    text = json.dumps(kept, cls=JSONEncoder)
    StoredAnswer.objects.create(
        account_id=owner, key_hash=_key_hash(key, purpose), request_hash=_request_hash(request), answer=text
    )


def _again(request: Request, stored: StoredAnswer, refuse_to_repeat: Callable[[Any], None]) -> Response:
    if bytes(stored.request_hash) != _request_hash(request):
        raise KeyUsedForSomethingElse
    kept = json.loads(stored.answer)
    refuse_to_repeat(kept["body"])
    headers = kept["headers"] | {"Idempotency-Replayed": "true"}
    return Response(kept["body"], status=kept["status"], headers=headers)


def _key_hash(key: str, purpose: str) -> bytes:
    if not KEY.fullmatch(key):
        detail = _("Use 1 to 200 visible ASCII characters.")
        raise Invalid.field(HEADER, code="invalid", detail=detail)
    return hashlib.sha256(f"{purpose}\0{key}".encode()).digest()  # no key has a zero byte


def _request_hash(request: Request) -> bytes:
    said = json.dumps([request.method, request.path, request.data], sort_keys=True)
    # Keyed: the request may hold a password, and whoever reads the table must not be able to try some.
    return salted_hmac("nozbe.api.idempotency", said, algorithm="sha256").digest()


def _wait_for_others(owner: str, key_hash: bytes) -> None:
    """Until this transaction ends, nobody else gets past here with the same key. (Other keys at worst wait too.)"""
    number = int.from_bytes(hashlib.sha256(owner.encode() + key_hash).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

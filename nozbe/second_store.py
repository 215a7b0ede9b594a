"""The second store: object storage in another country than the database, for what must outlive it.

It holds the key server's snapshots, the ledger of destroyed keys and the record's checkpoints. What is `locked` cannot
be changed or deleted by anyone before its time, whatever their credentials (S3 Object Lock, compliance mode).
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages

from nozbe.errors import DomainError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from storages.backends.s3 import S3Storage

EXISTS = "PreconditionFailed"  # not ConditionalRequestConflict, which asks to try again


class SecondStoreUnavailable(DomainError):
    """The second store does not answer, or refuses us; what was to be kept there was not."""

    code = "second_store_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The store in the other country does not answer. Nothing is lost; please try again.")


@dataclass(frozen=True)
class Version:
    """One version of an object in a bucket that keeps them all."""

    name: str
    version_id: str
    is_deletion: bool
    """Somebody deleted the object: the older versions are still there."""

    at: datetime


def put(bucket: str, name: str, body: bytes, *, locked_until: datetime | None = None) -> bool:
    """Write an object once. False when there is one of that name already, which stays as it is."""
    lock: dict[str, Any] = (
        {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": locked_until} if locked_until else {}
    )
    digest = b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()  # S3 asks for it beside a lock
    try:
        _client().put_object(Bucket=bucket, Key=name, Body=body, IfNoneMatch="*", ContentMD5=digest, **lock)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == EXISTS:
            return False
        raise SecondStoreUnavailable from error
    except BotoCoreError as error:
        raise SecondStoreUnavailable from error
    return True


def put_file(bucket: str, name: str, file: IO[bytes]) -> None:
    """Write an object from a file's beginning, and see that all of it arrived."""
    try:
        _client().put_object(Bucket=bucket, Key=name, Body=file)
        arrived = _client().head_object(Bucket=bucket, Key=name)["ContentLength"]
    except (BotoCoreError, ClientError) as error:
        raise SecondStoreUnavailable from error
    if arrived != file.seek(0, os.SEEK_END):
        raise SecondStoreUnavailable


def get(bucket: str, name: str, *, version_id: str | None = None) -> bytes:
    """The object's bytes. Raises SecondStoreUnavailable also when it is not there: nothing we ask for may be gone."""
    version: dict[str, Any] = {"VersionId": version_id} if version_id else {}
    try:
        return _client().get_object(Bucket=bucket, Key=name, **version)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise SecondStoreUnavailable from error


def names(bucket: str, *, prefix: str, after: str = "") -> Iterator[str]:
    """Names of current objects in order, from the first that sorts after `after`."""
    try:
        pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after)
        for page in pages:
            yield from (item["Key"] for item in page.get("Contents", ()))
    except (BotoCoreError, ClientError) as error:
        raise SecondStoreUnavailable from error


def versions(bucket: str, *, prefix: str) -> Iterator[Version]:
    """Every version of every object, also of deleted ones, by name."""
    try:
        for page in _client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            kept = [(item, False) for item in page.get("Versions", ())]
            gone = [(item, True) for item in page.get("DeleteMarkers", ())]
            for item, is_deletion in (*kept, *gone):
                yield Version(item["Key"], item["VersionId"], is_deletion, item["LastModified"])
    except (BotoCoreError, ClientError) as error:
        raise SecondStoreUnavailable from error


def delete(bucket: str, name: str) -> None:
    try:
        _client().delete_object(Bucket=bucket, Key=name)
    except (BotoCoreError, ClientError) as error:
        raise SecondStoreUnavailable from error


def _client() -> S3Client:
    store: S3Storage = storages[settings.SECOND_STORE]
    client: S3Client = store.connection.meta.client
    return client

"""One question to each part of the service. A probe returns a sentence, or raises `Unwell` with one.

Clients of other servers are imported where they are used: every process loads this, and they take long to load.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from celery import current_app
from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from nozbe.encryption.models import Keyring
from nozbe.keyserver import BadRequest, KeyServerRefused, KeyServerUnavailable, NoSuchKey
from nozbe.keyserver import key_server as connected_key_server
from nozbe.models import Heartbeat
from nozbe.sites import SITES

if TYPE_CHECKING:
    from storages.backends.s3 import S3Storage

VALKEY_TIMEOUT_SECONDS = 3
DOCTOR_KEY = "doctor"
"""A transit key that seals nothing but the doctor's own random numbers."""


class Unwell(Exception):
    """A part that does not answer, or answers wrongly; the text says what was seen, and holds no secret."""


@dataclass(frozen=True)
class Finding:
    part: str
    well: bool
    detail: str


def ask(part: str, probe: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, probe())
    except Unwell as reason:
        return Finding(part, False, str(reason))


def database() -> str:
    """The database answers, and we are who we should be there: our own role, never a superuser."""
    query = (
        "SELECT current_user, rolsuper, current_setting('server_version') FROM pg_roles WHERE rolname = current_user"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            user, is_superuser, version = cursor.fetchone()
    except DatabaseError as error:
        raise Unwell(f"PostgreSQL does not answer ({type(error).__name__})") from error
    if is_superuser:
        raise Unwell(f"signed in as {user}, a superuser; no process may be one")
    expected = settings.DATABASES["default"]["OPTIONS"].get("assume_role") or settings.DATABASES["default"]["USER"]
    if user != expected:
        raise Unwell(f"signed in as {user} instead of {expected}")
    return f"PostgreSQL {version.split()[0]} as {user}"


def migrations() -> str:
    """The tables are those of this version of the code."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise Unwell(f"cannot be read ({type(error).__name__})") from error
    if missing:
        raise Unwell(f"{len(missing)} not applied; run manage.py migrate")
    return f"{len(executor.loader.applied_migrations)} applied"


def valkey() -> str:
    import redis

    client = redis.Redis.from_url(
        settings.VALKEY_URL, socket_timeout=VALKEY_TIMEOUT_SECONDS, socket_connect_timeout=VALKEY_TIMEOUT_SECONDS
    )
    try:
        client.ping()
        version = client.info("server").get("valkey_version") or client.info("server").get("redis_version")
    except redis.RedisError as error:
        raise Unwell(f"does not answer ({type(error).__name__})") from error
    finally:
        client.close()
    return f"Valkey {version}"


def key_server() -> str:
    """The key server seals and opens a random number for us."""
    server = connected_key_server()
    plaintext = secrets.token_hex(16)  # any base64 will do, and hexadecimal digits are that
    try:
        sealed = server.post(f"transit/encrypt/{DOCTOR_KEY}", {"plaintext": plaintext})["ciphertext"]
        opened = server.post(f"transit/decrypt/{DOCTOR_KEY}", {"ciphertext": sealed})["plaintext"]
    except (KeyServerUnavailable, KeyServerRefused, NoSuchKey, BadRequest) as error:
        raise Unwell(f"does not answer ({type(error).__name__})") from error
    if opened != plaintext:
        raise Unwell("opened a sealed value as something else")
    return "sealed and opened a random number"


def ready_keys() -> str:
    """New teams and accounts find a key that is safe elsewhere already."""
    try:
        counts = {kind: Keyring.objects.ready(kind).count() for kind in Keyring.KINDS}
    except DatabaseError as error:
        raise Unwell(f"cannot be counted ({type(error).__name__})") from error
    said = ", ".join(f"{count} for a new {kind}" for kind, count in counts.items())
    if not all(counts.values()):
        raise Unwell(f"{said}; nobody can sign up until there are more")
    return said


def object_store(name: str) -> str:
    """The store keeps an object, gives it back to the byte, and lets it go."""
    from botocore.exceptions import BotoCoreError, ClientError

    store: S3Storage = storages[name]
    client = store.connection.meta.client
    key = f"doctor/{secrets.token_hex(8)}"
    body = secrets.token_bytes(64)
    try:
        client.put_object(Bucket=store.bucket_name, Key=key, Body=body)
        answer = client.get_object(Bucket=store.bucket_name, Key=key)["Body"].read()
        client.delete_object(Bucket=store.bucket_name, Key=key)
    except (BotoCoreError, ClientError) as error:
        raise Unwell(f"does not answer ({type(error).__name__})") from error
    if answer != body:
        raise Unwell("gave back other bytes than it was given")
    return f"kept and gave back 64 bytes in {settings.STORE_COUNTRIES[name]}"


def periodic_jobs() -> Iterable[Finding]:
    """One finding a job on the schedule: when it last succeeded, whether it is late or failing."""
    try:
        heartbeats = Heartbeat.objects.in_bulk()
    except DatabaseError as error:
        yield Finding("jobs", False, f"heartbeats cannot be read ({type(error).__name__})")
        return
    for name, entry in sorted(current_app.conf.beat_schedule.items()):
        yield Finding(f"job {name}", *_job(heartbeats.get(name), every=entry["schedule"]))


def _job(heartbeat: Heartbeat | None, *, every: timedelta) -> tuple[bool, str]:
    if heartbeat is None:
        return False, "has never run"
    if heartbeat.failing():
        return False, f"failed at {heartbeat.failed_at:%Y-%m-%d %H:%M:%S} UTC ({heartbeat.error})"
    if heartbeat.late(every=every):
        return False, f"late: last success at {heartbeat.succeeded_at:%Y-%m-%d %H:%M:%S} UTC, due every {every}"
    return True, f"last success at {heartbeat.succeeded_at:%Y-%m-%d %H:%M:%S} UTC, due every {every}"


def everything() -> Iterable[Finding]:
    """What the doctor asks: every part this site uses, cheapest first. One that is down does not hide the others."""
    site = SITES[settings.SITE]
    yield ask("database", database)
    yield ask("migrations", migrations)
    if site.uses_queue:
        yield ask("valkey", valkey)
    if site.uses_key_server:
        yield ask("key server", key_server)
        yield ask("ready keys", ready_keys)
    for name in settings.STORES:
        yield ask(f"store {name}", partial(object_store, name))
    if site.uses_queue:
        yield from periodic_jobs()

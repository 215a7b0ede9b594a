"""SeaweedFS from its wheel: a real S3 server for each of two countries, each with credentials of its own."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from nozbe.local import secrets
from nozbe.local.ports import HOST
from nozbe.local.programs import Program, executable
from nozbe.local.stack import CannotStart, Stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

COUNTRIES = {"ireland": "IE", "paris": "FR"}
BUCKET = "nozbe-files"
SECOND = "paris"
"""The store that also keeps the key server's snapshots and the record."""

RECORD_BUCKET = "nozbe-record"
KEY_SNAPSHOT_BUCKET = "nozbe-keys"


def program(stack: Stack, ports: dict[str, int], store: str) -> Program:
    data = stack.folder("stores", store)
    identities = stack.path("config", f"{store}-s3.json")
    secrets.write(identities, json.dumps(_identities(stack, store)))
    sockets = stack.runtime_folder()
    flags = [f"-{part}.port={ports[f'{store}-{part}']}" for part in ("master", "volume", "filer", "s3")]
    flags += [f"-{part}.port.grpc={ports[f'{store}-{part}-grpc']}" for part in ("master", "volume", "filer", "s3")]
    return Program(
        name=store,
        title=f"S3 in {store.title()}",
        group="engines",
        command=[
            executable("weed"),
            "-logtostderr=true",
            "server",
            f"-dir={data}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            *flags,
            "-master.telemetry=false",
            "-master.electionTimeout=1s",
            "-master.volumeSizeLimitMB=1024",
            "-volume.max=100",
            "-volume.index=leveldb",
            "-volume.preStopSeconds=0",
            "-filer",
            "-filer.disableHttp=true",  # else anyone on this machine reads objects there without credentials
            f"-filer.localSocket={sockets / f'{store}-filer.sock'}",
            "-s3",
            f"-s3.localSocket={sockets / f'{store}-s3.sock'}",
            f"-s3.config={identities}",
            "-s3.iam=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ],
        environment={"GOMEMLIMIT": "400MiB"},
        stop_signal="KILL",  # the quick way; acknowledged objects survive it
        ready=lambda: _answers(ports, store),
    )


def endpoint(ports: dict[str, int], store: str) -> str:
    return f"http://{HOST}:{ports[f'{store}-s3']}"


def client(stack: Stack, ports: dict[str, int], store: str) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=endpoint(ports, store),
        region_name=store,
        aws_access_key_id=secrets.read(stack, f"{store}-access-key"),
        aws_secret_access_key=secrets.read(stack, f"{store}-secret-key"),
        config=Config(
            s3={"addressing_style": "path"}, connect_timeout=2, read_timeout=10, retries={"max_attempts": 10}
        ),
    )


def prepare(stack: Stack, ports: dict[str, int], store: str) -> None:
    """Make the buckets, and have every object synced to disk before it is acknowledged. Safe to repeat."""
    s3 = client(stack, ports, store)
    for bucket in (BUCKET, KEY_SNAPSHOT_BUCKET, RECORD_BUCKET) if store == SECOND else (BUCKET,):
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError:
            s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=bucket == RECORD_BUCKET)
    done = stack.path("stores", f"{store}-syncs-to-disk")
    if stack.durable and not done.exists():
        _sync_every_object(ports, store)
        done.touch()


def _sync_every_object(ports: dict[str, int], store: str) -> None:
    addresses = {
        part: f"{HOST}:{ports[f'{store}-{part}']}.{ports[f'{store}-{part}-grpc']}" for part in ("master", "filer")
    }
    answer = subprocess.run(  # noqa: S603 — our own words
        [executable("weed"), "shell", f"-master={addresses['master']}", f"-filer={addresses['filer']}"],
        input="fs.configure -locationPrefix=/buckets/ -fsync=true -apply\nexit\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        start_new_session=True,
    )
    if re.search(r'"fsync":\s*true', answer.stdout) is None:
        raise CannotStart(
            f"S3 in {store.title()} did not take a setting: {answer.stdout[-500:]} {answer.stderr[-500:]}"
        )


def _identities(stack: Stack, store: str) -> dict[str, object]:
    credentials = {
        "accessKey": secrets.read(stack, f"{store}-access-key"),
        "secretKey": secrets.read(stack, f"{store}-secret-key"),
    }
    return {"identities": [{"name": "nozbe", "credentials": [credentials], "actions": ["Admin"]}]}


def _answers(ports: dict[str, int], store: str) -> bool:
    try:
        urllib.request.urlopen(f"{endpoint(ports, store)}/healthz", timeout=1).close()  # noqa: S310 — our own server
    except (urllib.error.URLError, OSError):
        return False
    return True

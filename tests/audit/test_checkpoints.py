"""A checkpoint is signed by the key server, put once, locked; and what happens to the store is noticed."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from django.core.management import call_command
from django.utils import timezone

from nozbe import second_store, signing
from nozbe.audit import comparison
from nozbe.audit.broken import CheckpointsDisagree, RecordBroken
from nozbe.audit.chain import Head
from nozbe.audit.checkpointing import make_checkpoint
from nozbe.audit.checkpoints import Checkpoint, Forged, canonical
from nozbe.audit.comparison import compare_all, compare_recent
from nozbe.keyserver import KeyServerRefused, KeyServerUnavailable, forget_connections
from nozbe.local import seaweedfs
from nozbe.second_store import SecondStoreUnavailable
from nozbe.signing import public_keys
from tests.audit.conftest import WORKER
from tests.audit.scratch import ScratchRecord
from tests.servers import make_record_bucket, ports, stack

pytestmark = pytest.mark.django_db

HEAD = Head(123, bytes(range(32)))
AT = datetime(2026, 11, 23, 15, 10, tzinfo=UTC)
NAME = f"checkpoints/2026-11-23/2026-11-23T15:10:00Z-000000000123-{bytes(range(32)).hex()}.json"


@pytest.fixture
def s3():
    return seaweedfs.client(stack(), ports(), seaweedfs.SECOND)


def test_its_name_says_when_how_long_and_what_hash():
    assert Checkpoint(AT, HEAD).name == NAME
    assert Checkpoint.from_name(NAME) == Checkpoint(AT, HEAD)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "checkpoints/",
        NAME.replace("23/", "24/"),
        NAME.replace("T15", "T25"),
        NAME.replace(".json", ""),
        NAME + "x",
        NAME.replace("000000000123", "123"),
        NAME.replace("000000000123", "0000000000123"),
        NAME.replace("000000000123", "٠٠٠٠٠٠٠٠٠١٢٣"),
        NAME.replace("000000000123", "9" * 19),
        NAME.replace("2026", "0001"),
        NAME.replace("0001", "1"),
        NAME.upper(),
    ],
)
def test_another_name_is_no_checkpoints(name):
    assert Checkpoint.from_name(name) is None


def test_its_document_is_signed_by_the_key_server_over_the_rest_of_it(as_the_worker):
    checkpoint = Checkpoint(AT, HEAD, previous="checkpoints/before")
    document = json.loads(checkpoint.signed())
    assert document == {
        "kind": "checkpoint",
        "seq": 123,
        "hash": HEAD.hash.hex(),
        "at": "2026-11-23T15:10:00Z",
        "previous": "checkpoints/before",
        "signature": {"version": 1, "value": document["signature"]["value"]},
    }
    assert Checkpoint.from_name(NAME).refuse_forgery(checkpoint.signed(), keys=public_keys()) == checkpoint


def forged(**changes: object):
    def forge(document: dict) -> bytes:
        return canonical({name: value for name, value in (document | changes).items() if value != "left out"})

    return forge


def signed_by_another_version(document: dict) -> bytes:
    return canonical(document | {"signature": document["signature"] | {"version": 2}})


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (forged(seq=124), "something else than its name"),
        (forged(hash="00" * 32), "something else than its name"),
        (forged(at="2026-11-23T15:10:01Z"), "something else than its name"),
        (forged(kind="restored"), "something else than its name"),
        (forged(note="all is well"), "something else than its name"),
        (forged(previous="checkpoints/other"), "no valid signature"),
        (forged(signature={"version": 1, "value": "AAAA"}), "no valid signature"),
        (signed_by_another_version, "no valid signature"),
        (forged(signature="left out"), "not a checkpoint's document"),
        (forged(signature=None), "not a checkpoint's document"),
        (forged(signature={"version": 1, "value": "?"}), "not a checkpoint's document"),
        (lambda document: b"", "not a checkpoint's document"),
        (lambda document: b"[]", "not a checkpoint's document"),
    ],
)
def test_a_forgery_is_refused(as_the_worker, forge, why):
    document = json.loads(Checkpoint(AT, HEAD).signed())
    with pytest.raises(Forged, match=why):
        Checkpoint(AT, HEAD).refuse_forgery(forge(document), keys=public_keys())


def test_the_web_site_knows_whom_the_record_is_signed_by_and_cannot_sign():
    forget_connections()
    with pytest.raises(KeyServerRefused):
        signing.sign(b"anything")
    assert public_keys()


def test_checkpoints_go_on_from_one_another(recorded, as_the_worker):
    bodies = [second_store.get(recorded.bucket, checkpoint.name) for checkpoint in recorded.checkpoints]
    previous = [json.loads(body)["previous"] for body in bodies]
    assert previous == [None, *(checkpoint.name for checkpoint in recorded.checkpoints[:-1])]
    assert [checkpoint.head.seq for checkpoint in recorded.checkpoints] == [4, 8, 12]


def test_what_is_locked_is_deleted_by_nobody_and_put_only_once(recorded, s3):
    name = recorded.checkpoints[0].name
    body = second_store.get(recorded.bucket, name)
    (version,) = second_store.versions(recorded.bucket, prefix=name)
    for more in ({}, {"BypassGovernanceRetention": True}):
        with pytest.raises(ClientError):
            s3.delete_object(Bucket=recorded.bucket, Key=name, VersionId=version.version_id, **more)
    earlier = {"Mode": "COMPLIANCE", "RetainUntilDate": timezone.now() + timedelta(seconds=1)}
    with pytest.raises(ClientError):
        s3.put_object_retention(Bucket=recorded.bucket, Key=name, VersionId=version.version_id, Retention=earlier)
    assert second_store.put(recorded.bucket, name, b"another", locked_until=timezone.now() + timedelta(days=1)) is False
    assert [version] == list(second_store.versions(recorded.bucket, prefix=name))
    assert second_store.get(recorded.bucket, name) == body


@pytest.fixture
def bucket(settings) -> str:
    settings.RECORD_BUCKET = make_record_bucket(f"nozbe-spoilt-{WORKER}")
    return settings.RECORD_BUCKET


def problems() -> list[str]:
    with pytest.raises(CheckpointsDisagree) as broken:
        compare_all()
    return broken.value.problems


def test_what_is_done_to_the_store_is_found(empty_record: ScratchRecord, bucket, as_the_worker, s3):
    """One story, because a store holds only so many buckets."""
    assert compare_recent() == compare_all() == 0
    first = make_checkpoint()
    assert first.head == Head()
    checkpoints = [make_checkpoint() for _ in range(3) if empty_record.append_and_seal(2)]
    assert compare_recent() == compare_all() == 4
    kept = json.loads(second_store.get(bucket, checkpoints[-1].name))

    # One that was deleted is found whatever lies around, and nothing is signed until somebody looked.
    s3.put_object(Bucket=bucket, Key="checkpoints/!", Body=b"")
    mark = s3.delete_object(Bucket=bucket, Key=checkpoints[0].name)["VersionId"]
    assert problems() == ["checkpoints/! is no checkpoint's name.", f"{checkpoints[0].name} was deleted."]
    empty_record.append(1)
    with pytest.raises(CheckpointsDisagree, match="was deleted"):
        make_checkpoint()
    s3.delete_object(Bucket=bucket, Key=checkpoints[0].name, VersionId=mark)  # a mark is not locked
    further = make_checkpoint()
    assert further.previous == checkpoints[-1].name

    # Writing over one is found, and what it said at first is what counts.
    s3.put_object(Bucket=bucket, Key=further.name, Body=b"{}")
    assert f"{further.name} was written over." in problems()
    empty_record.append(1)
    assert make_checkpoint().previous == further.name
    s3.put_object(Bucket=bucket, Key=checkpoints[1].name, Body=b"{}")
    assert f"{checkpoints[1].name} was written over." in problems()

    s3.put_object(Bucket=bucket, Key=first.name.replace(".json", ".txt"), Body=b"{}")
    assert f"{first.name.replace('.json', '.txt')} is no checkpoint's name." in problems()

    # One that was not signed by us, of a record that did not go on.
    forgery = Checkpoint(timezone.now().replace(microsecond=0), Head(9, bytes(32)), checkpoints[-1].name)
    s3.put_object(
        Bucket=bucket, Key=forgery.name, Body=canonical(forgery._document() | {"signature": kept["signature"]})
    )
    assert f"{forgery.name} has no valid signature." in problems()
    assert f"{forgery.name} is ahead of the database: seal 9 is missing." in problems()
    with pytest.raises(CheckpointsDisagree, match="has no valid signature"):
        compare_recent()
    with pytest.raises(CheckpointsDisagree, match="has no valid signature"):
        make_checkpoint()
    assert len(problems()) == 6


def test_a_checkpoint_that_vanished_without_a_trace_is_missed_by_the_next(record, recorded, settings):
    """As when a lock has ended: here by looking only at what remains of a day."""
    first, second, third = recorded.checkpoints
    (version,) = second_store.versions(recorded.bucket, prefix=third.name)
    remaining = {Checkpoint(third.at, third.head): version.version_id}
    found = comparison._verify_signatures(remaining, keys=public_keys(), before={first.name})
    assert found == ({third.name}, [f"{second.name}, which {third.name} goes on from, is gone."])


@pytest.fixture
def odd_bucket(settings) -> str:
    settings.RECORD_BUCKET = make_record_bucket(f"nozbe-odd-{WORKER}")
    return settings.RECORD_BUCKET


def test_a_rewritten_chain_is_not_signed_when_the_last_checkpoint_is_hidden(
    empty_record: ScratchRecord, odd_bucket, as_the_worker, s3
):
    """Nor when names lie around of which no clock of ours is to blame. One story, for the same reason."""
    empty_record.append_and_seal(2)
    only = make_checkpoint()
    mark = s3.delete_object(Bucket=odd_bucket, Key=only.name)["VersionId"]
    empty_record.tamper("UPDATE audit.event SET actor = NULL WHERE id = 1", "TRUNCATE audit.seal, audit.sealing")
    before = list(second_store.versions(odd_bucket, prefix=""))
    with pytest.raises(CheckpointsDisagree, match="was deleted"):
        make_checkpoint()
    s3.delete_object(Bucket=odd_bucket, Key=only.name, VersionId=mark)
    with pytest.raises(RecordBroken, match="not the one that its checkpoint tells of"):
        make_checkpoint()
    assert len(list(second_store.versions(odd_bucket, prefix=""))) == len(before) - 1

    future = NAME.replace("2026-11-23", "2999-01-01")
    first_year = NAME.replace("2026-11-23", "0001-01-01")
    for name in (future, first_year):
        s3.put_object(Bucket=odd_bucket, Key=name, Body=b"{}")
    for compare in (compare_recent, compare_all):
        with pytest.raises(CheckpointsDisagree) as broken:
            compare()
        assert f"{future} is dated ahead of the clock." in broken.value.problems
        assert f"{only.name} tells of another seal 2 than there is." in broken.value.problems
    assert f"{first_year} is no checkpoint's name." in broken.value.problems
    with pytest.raises(CheckpointsDisagree, match="not a checkpoint's document"):
        make_checkpoint()


def with_the_store_down(settings) -> type[Exception]:
    stores = {name: dict(store) for name, store in settings.STORAGES.items()}
    options = stores[settings.SECOND_STORE]["OPTIONS"]
    stores[settings.SECOND_STORE]["OPTIONS"] = options | {"endpoint_url": "http://127.0.0.1:1"}
    settings.STORAGES = stores
    return SecondStoreUnavailable


def with_the_key_server_down(settings) -> type[Exception]:
    settings.KEY_SERVER_URL = "http://127.0.0.1:1"
    forget_connections()
    return KeyServerUnavailable


@pytest.mark.parametrize("take_down", [with_the_store_down, with_the_key_server_down])
def test_what_is_down_fails_the_checkpoint_and_not_the_products_writes(record, settings, take_down):
    unavailable = take_down(settings)
    for round in (make_checkpoint, compare_recent, compare_all):
        with pytest.raises(unavailable):
            round()
    assert record.append_and_seal(3) == 3
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_record", stdout=out, no_color=True)
    assert "15 entries are right" in out.getvalue()
    assert "The checkpoints could not be read" in out.getvalue()


def test_without_the_workers_token_the_command_says_so_and_compares_names_when_asked_to(record, settings):
    settings.KEY_SERVER_TOKEN = "not-a-token"
    forget_connections()
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_record", stdout=out, no_color=True)
    assert "its token needs web.hcl or worker.hcl" in out.getvalue()
    call_command("verify_record", "--without-signatures", stdout=out, no_color=True)
    assert "3 checkpoints agree; their signatures were not verified" in out.getvalue()

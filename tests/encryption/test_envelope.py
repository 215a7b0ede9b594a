"""A sealed value opens to the byte where it belongs, and nowhere else, whatever is done to it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given
from hypothesis import strategies as st

from nozbe.encryption import envelope
from nozbe.encryption.envelope import CannotOpen, ColumnOpener, Place, UnknownEpoch, open_sealed, seal

KEY = AESGCM(bytes(range(32)))
OTHER_KEY = AESGCM(bytes(range(1, 33)))
HERE = Place("Team000000000001", "tasks.Task", "Task000000000001", "name")

ODDITIES = [
    "",
    "\x00",
    "\ufeffwith a mark",
    "e\u0301 is not \u00e9",
    "\u202eright to left",
    "👩\u200d👩\u200d👧\u200d👦",
    "\U0010ffff",
    "line\r\nbreaks\u2028\u2029",
    "\u0000\uffff\ufffd",
    "Zażółć gęślą jaźń",
]

KNOWN_ANSWERS = [
    # Made with another implementation (PyCryptodome's AES-GCM), so that ours cannot drift unnoticed.
    (bytes(range(32)), 1, HERE, b"", "01000000010000000000000000000000003ee71af3fc97fb6876a41eaa6d3cfbcc"),
    (
        bytes(range(32)),
        1,
        HERE,
        b"Buy milk",
        "0100000001000102030405060708090a0b0577af3ba88cae7075f05b1fe85d9d70e2c73a0d8b91ae8b",
    ),
    (
        bytes(range(100, 132)),
        2**32 - 1,
        Place("Zespół", "tasks.Comment", "x", "body"),
        "Zażółć gęślą jaźń 🦊".encode(),
        "01ffffffffc8c9cacbcccdcecfd0d1d2d336235f399ce5a0f0613e76c1c167e7f1ec8ca182c3d2ab22429cd9e2f3e420bee4822619a9e3"
        "dadc825d57217702c0",
    ),
]


@pytest.mark.parametrize(("key", "epoch", "place", "plaintext", "sealed"), KNOWN_ANSWERS)
def test_values_sealed_by_version_1_open_for_ever(key, epoch, place, plaintext, sealed):
    assert open_sealed(bytes.fromhex(sealed), place, keys={epoch: AESGCM(key)}) == plaintext


@pytest.mark.parametrize(("key", "epoch", "place", "plaintext", "sealed"), KNOWN_ANSWERS)
def test_sealing_with_a_known_nonce_gives_the_known_answer(monkeypatch, key, epoch, place, plaintext, sealed):
    nonce = bytes.fromhex(sealed)[5:17]
    monkeypatch.setattr(envelope.os, "urandom", lambda size: nonce[:size])
    assert seal(plaintext, place, epoch=epoch, key=AESGCM(key)).hex() == sealed


@given(text=st.text(), epoch=st.integers(0, envelope.MAX_EPOCH), words=st.tuples(*[st.text(max_size=20)] * 4))
def test_what_is_sealed_opens_to_the_byte(text, epoch, words):
    place = Place(*words)
    sealed = seal(text.encode(), place, epoch=epoch, key=KEY)
    assert len(sealed) == len(text.encode()) + envelope.OVERHEAD_BYTES == len(text.encode()) + 33
    assert open_sealed(sealed, place, keys={epoch: KEY}) == text.encode()


@pytest.mark.parametrize("text", ODDITIES)
def test_every_oddity_of_unicode_comes_back_unchanged(text):
    assert open_sealed(seal(text.encode(), HERE, epoch=3, key=KEY), HERE, keys={3: KEY}).decode() == text


def test_a_megabyte_comes_back_unchanged():
    plaintext = bytes(range(256)) * 4096
    assert open_sealed(seal(plaintext, HERE, epoch=3, key=KEY), HERE, keys={3: KEY}) == plaintext


@given(plaintext=st.binary(max_size=64), position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_refused(plaintext, position, bit):
    sealed = bytearray(seal(plaintext, HERE, epoch=7, key=KEY))
    sealed[position % len(sealed)] ^= 1 << bit
    keys = {7 ^ 1 << shift: KEY for shift in range(32)} | {7: KEY}  # so that a flipped epoch finds the same key
    with pytest.raises(CannotOpen):
        open_sealed(bytes(sealed), HERE, keys=keys)


@given(plaintext=st.binary(max_size=64), length=st.integers(min_value=0))
def test_a_truncated_value_is_refused(plaintext, length):
    sealed = seal(plaintext, HERE, epoch=7, key=KEY)
    with pytest.raises(CannotOpen):
        open_sealed(sealed[: length % len(sealed)], HERE, keys={7: KEY})


@given(plaintext=st.binary(max_size=64), more=st.binary(min_size=1, max_size=8))
def test_a_value_with_something_appended_is_refused(plaintext, more):
    with pytest.raises(CannotOpen):
        open_sealed(seal(plaintext, HERE, epoch=7, key=KEY) + more, HERE, keys={7: KEY})


@given(garbage=st.binary(max_size=100))
@example(b"")
@example(bytes(33))
@example(b"\x02" + bytes(40))
def test_what_was_never_sealed_is_refused(garbage):
    with pytest.raises(CannotOpen):
        open_sealed(garbage, HERE, keys={0: KEY})


@pytest.mark.parametrize("word", ["team", "model", "pk", "column"])
def test_a_value_that_was_moved_is_refused(word):
    sealed = seal(b"Buy milk", HERE, epoch=1, key=KEY)
    with pytest.raises(CannotOpen, match="does not belong here"):
        open_sealed(sealed, HERE._replace(**{word: "another"}), keys={1: KEY})


def test_words_that_only_read_the_same_when_joined_are_different_places():
    sealed = seal(b"Buy milk", Place("ab", "c", "d", "e"), epoch=1, key=KEY)
    with pytest.raises(CannotOpen):
        open_sealed(sealed, Place("a", "bc", "d", "e"), keys={1: KEY})


def test_another_teams_key_is_refused():
    with pytest.raises(CannotOpen):
        open_sealed(seal(b"Buy milk", HERE, epoch=1, key=OTHER_KEY), HERE, keys={1: KEY})


def test_a_missing_epoch_is_named_so_that_its_key_can_be_fetched():
    with pytest.raises(UnknownEpoch) as refusal:
        open_sealed(seal(b"Buy milk", HERE, epoch=9, key=KEY), HERE, keys={1: KEY})
    assert refusal.value.epoch == 9


def test_the_same_text_never_looks_the_same_twice():
    assert len({seal(b"Buy milk", HERE, epoch=1, key=KEY) for _ in range(1000)}) == 1000


def test_no_refusal_quotes_what_it_refused():
    sealed = bytearray(seal(b"canary", HERE, epoch=1, key=KEY))
    sealed[-1] ^= 1
    with pytest.raises(CannotOpen) as refusal:
        open_sealed(bytes(sealed), HERE, keys={1: KEY})
    assert "canary" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("epoch", [-1, 2**32])
def test_an_epoch_that_does_not_fit_is_refused_before_anything_is_sealed(epoch):
    with pytest.raises(ValueError, match="32 bits"):
        seal(b"Buy milk", HERE, epoch=epoch, key=KEY)


@given(st.binary(max_size=200))
def test_many_values_of_a_column_open_as_each_alone(plaintext):
    sealed = seal(plaintext, HERE, epoch=3, key=KEY)
    opener = ColumnOpener(HERE.team, HERE.model, HERE.column, keys={3: KEY, 4: OTHER_KEY})
    assert opener.open(HERE.pk, sealed) == plaintext
    for spoilt in (sealed[:-1], sealed[:20], sealed[:3], b"", bytes([2]) + sealed[1:], sealed[:-1] + b"\x00\x00"):
        with pytest.raises(CannotOpen):
            opener.open(HERE.pk, spoilt)
    with pytest.raises(CannotOpen):
        opener.open("Task000000000002", sealed)
    with pytest.raises(UnknownEpoch):
        opener.open(HERE.pk, seal(plaintext, HERE, epoch=5, key=KEY))

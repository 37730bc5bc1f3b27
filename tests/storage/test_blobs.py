"""Sealed attachments and snapshots on their way: bytes are added, joined, and dropped when done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from app.services.ports import ATTACHMENT, SNAPSHOT, HeldBlob, UnitOfWork
from db.blobs import PIECE_BYTES
from db.store import Store

LOG, OTHER_LOG = b"\x10" * 16, b"\x20" * 16
SHA = b"\x33" * 32


def name_of(said: str) -> bytes:
    return hashlib.blake2b(said.encode(), digest_size=32).digest()


def content_of(size: int) -> bytes:
    return bytes(at * 31 % 251 for at in range(size))


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as opened:
        yield opened


@pytest.mark.parametrize("size", [1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 17])
def test_what_waits_to_go_up_is_read_from_any_byte(unit: UnitOfWork, size: int) -> None:
    content, name = content_of(size), name_of("own")
    unit.blobs.add(name, ATTACHMENT, SHA, content)
    unit.blobs.add(name, ATTACHMENT, SHA, b"another time")
    assert unit.blobs.waiting() == (HeldBlob(name, ATTACHMENT, SHA, size, size, None),)
    for start, most in ((0, size), (0, 5), (size - 1, 9), (PIECE_BYTES - 1, 3), (17, 200_000)):
        assert unit.blobs.read(name, start, most) == content[start : start + most]
    assert unit.blobs.read(name, size, 9) == b""


def test_what_went_up_is_remembered_without_its_bytes(unit: UnitOfWork) -> None:
    name = name_of("own")
    unit.blobs.add(name, ATTACHMENT, SHA, content_of(500))
    assert unit.blobs.there(LOG) == frozenset()
    unit.blobs.note_there(name, ATTACHMENT, SHA, 500, LOG)
    assert unit.blobs.get(name) == HeldBlob(name, ATTACHMENT, SHA, 500, 0, LOG)
    assert unit.blobs.read(name, 0, 500) == b""
    assert (unit.blobs.waiting(), unit.blobs.there(LOG)) == ((), {SHA})
    assert unit.blobs.there(OTHER_LOG) == frozenset()


def test_what_comes_down_grows_only_where_it_left_off(unit: UnitOfWork) -> None:
    name, content = name_of("theirs"), content_of(300_000)
    assert unit.blobs.append(name, 0, b"nobody's") == 0
    unit.blobs.note_there(name, SNAPSHOT, None, len(content), LOG)
    assert unit.blobs.append(name, 0, content[:100_000]) == 100_000
    assert unit.blobs.append(name, 0, content[:50]) == 100_000
    assert unit.blobs.append(name, 100_001, b"x") == 100_000
    unit.blobs.note_there(name, SNAPSHOT, None, len(content), LOG)
    assert unit.blobs.append(name, 100_000, content[100_000:] + b"behind") == 300_000
    assert unit.blobs.read(name, 0, 1 << 20) == content
    assert unit.blobs.waiting() == ()
    unit.blobs.empty(name)
    assert unit.blobs.append(name, 0, b"anew") == 4
    unit.blobs.drop(name)
    assert unit.blobs.get(name) is None


def test_of_one_attachment_that_of_which_most_is_held_comes_first(unit: UnitOfWork) -> None:
    for said in ("one", "two"):
        unit.blobs.note_there(name_of(said), ATTACHMENT, SHA, 100, LOG)
    unit.blobs.append(name_of("two"), 0, b"x")
    unit.blobs.note_there(name_of("other"), ATTACHMENT, b"\x44" * 32, 100, LOG)
    assert [one.name for one in unit.blobs.known_of(SHA)] == [name_of("two"), name_of("one")]
    assert len(unit.blobs.of_kind(ATTACHMENT)) == 3
    assert unit.blobs.of_kind(SNAPSHOT) == ()


def test_a_server_that_lost_everything_is_not_believed_to_have_anything(unit: UnitOfWork) -> None:
    unit.blobs.note_there(name_of("up"), ATTACHMENT, SHA, 100, LOG)
    unit.blobs.note_there(name_of("down"), ATTACHMENT, b"\x44" * 32, 100, LOG)
    unit.blobs.append(name_of("down"), 0, b"front")
    unit.blobs.add(name_of("own"), ATTACHMENT, b"\x55" * 32, b"waits")
    unit.blobs.forget_there()
    assert unit.blobs.there(LOG) == frozenset()
    assert unit.blobs.get(name_of("up")) is None
    kept = unit.blobs.get(name_of("down"))
    assert kept is not None
    assert kept.held == 5
    assert [one.name for one in unit.blobs.waiting()] == [name_of("own")]

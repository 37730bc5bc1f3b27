"""What every store of the server keeps to about attachments and snapshots, in pieces."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.protocol.blob import BlobKind
from sync.server.blobs import NewBlob
from sync.server.sql_blobs import SqlBlobs
from sync.server.sql_store import SqlStore
from sync.server.store import NewBatch
from tests.contract.conftest import Database

CENTRE = b"\x11" * 16
OTHER = b"\x22" * 16
ROOM, UNFINISHED, MOST = 100_000, 30_000, 4


def name_of(said: str) -> bytes:
    return hashlib.blake2b(said.encode(), digest_size=32).digest()


def new(
    said: str, size: int = 1_000, *, label: str = "", kind: int = BlobKind.ATTACHMENT, at: int = 0
) -> NewBlob:
    return NewBlob(
        name_of(said),
        kind,
        name_of(label or f"label {said}"),
        bytes(16),
        at,
        bytes(32),
        size,
        bytes(32),
    )


@pytest.fixture
def blobs(store: SqlStore) -> SqlBlobs:
    """The blobs of a store in which two logs have begun."""
    for centre in (CENTRE, OTHER):
        store.head(centre)
    return store.blobs


def begin(blobs: SqlBlobs, blob: NewBlob, centre: bytes = CENTRE) -> bool:
    return blobs.begin(centre, blob, room=ROOM, unfinished=UNFINISHED, most=MOST)


def whole(blobs: SqlBlobs, blob: NewBlob) -> None:
    assert begin(blobs, blob)
    assert blobs.append(CENTRE, blob.name, 0, b"x" * blob.size) == blob.size
    blobs.finish(CENTRE, blob.name)


def test_pieces_join_at_any_byte_and_overlap_without_harm(blobs: SqlBlobs) -> None:
    content = bytes(at % 251 for at in range(1_000))
    blob = new("one")
    assert begin(blobs, blob)
    for start, end, held in ((0, 300, 300), (0, 200, 300), (250, 400, 400), (500, 600, None)):
        assert blobs.append(CENTRE, blob.name, start, content[start:end]) == held
    assert blobs.append(CENTRE, blob.name, 400, content[400:] + b"behind its end") == 1_000
    assert b"".join(blobs.pieces(CENTRE, blob.name)) == content
    for start, most in ((0, 1_000), (0, 1), (299, 2), (300, 100), (399, 5_000), (999, 9)):
        assert blobs.read(CENTRE, blob.name, start, most) == content[start : start + most]
    assert blobs.read(CENTRE, blob.name, 1_000, 5) == b""
    assert blobs.read(OTHER, blob.name, 0, 5) == b""
    kept = blobs.blob(CENTRE, blob.name)
    assert kept is not None
    assert (kept.held, kept.size, kept.is_whole) == (1_000, 1_000, False)
    blobs.finish(CENTRE, blob.name)
    kept = blobs.blob(CENTRE, blob.name)
    assert kept is not None
    assert kept.is_whole


def test_nothing_is_kept_of_what_was_not_begun_or_was_dropped(blobs: SqlBlobs) -> None:
    blob = new("one")
    assert blobs.append(CENTRE, blob.name, 0, b"x") is None
    assert begin(blobs, blob)
    blobs.append(CENTRE, blob.name, 0, b"x" * 100)
    assert begin(blobs, blob)
    kept = blobs.blob(CENTRE, blob.name)
    assert kept is not None
    assert kept.held == 100
    assert blobs.append(OTHER, blob.name, 0, b"x") is None
    blobs.drop(CENTRE, blob.name)
    assert blobs.blob(CENTRE, blob.name) is None
    assert list(blobs.pieces(CENTRE, blob.name)) == []


def test_blobs_are_found_by_name_and_label_and_the_whole_ones_come_first(blobs: SqlBlobs) -> None:
    assert begin(blobs, new("half", label="scan"))
    whole(blobs, new("all", label="scan"))
    assert begin(blobs, new("other"))
    asked = [name_of("scan"), name_of("half"), name_of("nobody's")]
    found = blobs.find(CENTRE, asked)
    assert {one: [row.name for row in rows] for one, rows in found.items()} == {
        name_of("scan"): [name_of("all"), name_of("half")],
        name_of("half"): [name_of("half")],
    }
    many = [name_of(f"{number}") for number in range(512)]
    assert list(blobs.find(CENTRE, [*many, name_of("other")])) == [name_of("other")]
    assert blobs.find(OTHER, asked) == {}


def test_unfinished_ones_are_limited_and_those_that_grew_longest_ago_go(blobs: SqlBlobs) -> None:
    for said in ("one", "two", "three"):
        assert begin(blobs, new(said, 9_000))
    blobs.append(CENTRE, name_of("one"), 0, b"grew")
    assert begin(blobs, new("four", 9_000))
    there = {said for said in ("one", "two", "three", "four") if blobs.blob(CENTRE, name_of(said))}
    assert there == {"one", "three", "four"}
    for number in range(6):
        assert begin(blobs, new(f"small {number}", 300))
    kept = [blobs.blob(CENTRE, name_of(f"small {number}")) for number in range(6)]
    assert [one is not None for one in kept] == [False, False, True, True, True, True]
    assert begin(blobs, new("elsewhere"), OTHER)
    assert blobs.blob(CENTRE, name_of("small 5"))


def test_whole_attachments_stay_for_good_and_the_quota_is_of_all_of_them(blobs: SqlBlobs) -> None:
    for number in range(4):
        whole(blobs, new(f"{number}", 20_000))
    assert not begin(blobs, new("too much", 1))
    assert begin(blobs, new("snapshot", 20_000, kind=BlobKind.SNAPSHOT, at=7))
    assert blobs.blob(CENTRE, name_of("0"))
    assert begin(blobs, new("too much", 1), OTHER)


def test_snapshots_are_told_the_newest_first(blobs: SqlBlobs, store: SqlStore) -> None:
    for at in (3, 9, 5):
        whole(blobs, new(f"at {at}", kind=BlobKind.SNAPSHOT, at=at))
    begin(blobs, new("at 12", kind=BlobKind.SNAPSHOT, at=12))
    assert [row.position for row in blobs.snapshots(CENTRE)] == [9, 5, 3]
    assert blobs.snapshots(OTHER) == []
    for number in range(3):
        batch = NewBatch(name_of(f"batch {number}"), bytes(16), bytes(8), 1, b"x" * 10)
        store.append(CENTRE, batch)
    assert [blobs.log_bytes(CENTRE, at) for at in (0, 1, 3, 9)] == [0, 10, 30, 30]


def test_two_that_bring_one_blob_at_once_bring_it_once(database: Database) -> None:
    content = bytes(at % 251 for at in range(64_000))
    first, *others = [database.store() for _ in range(3)]
    first.head(CENTRE)
    blob = new("one", len(content))
    first.blobs.begin(CENTRE, blob, room=1 << 20, unfinished=1 << 20, most=9)
    ready = threading.Barrier(3)

    def bring(store: SqlStore) -> None:
        ready.wait(10)
        held: int | None = 0
        while held is not None and held < len(content):
            piece = content[max(0, held - 100) : held + 1_500]
            held = store.blobs.append(CENTRE, blob.name, max(0, held - 100), piece)
        assert held == len(content)

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(bring, one) for one in (first, *others)]:
            done.result(60)
    assert b"".join(first.blobs.pieces(CENTRE, blob.name)) == content

"""What every store of the server keeps to about attachments and snapshots, in pieces."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from sync.protocol.blob import NO_LABEL, BlobKind
from sync.server.blobs import OF_LABEL_MAX, BlobRow, Fit, NewBlob, Room
from sync.server.migrate import migrate
from sync.server.sql_blobs import SqlBlobs
from sync.server.sql_store import SqlStore, open_engine
from sync.server.store import NewBatch
from tests.contract.conftest import Database

CENTRE = b"\x11" * 16
OTHER = b"\x22" * 16
MOST = 4
ROOM = Room(whole=100_000, of_device=100_000, unfinished=30_000, most=MOST)


def name_of(said: str) -> bytes:
    return hashlib.blake2b(said.encode(), digest_size=32).digest()


def new(
    said: str,
    size: int = 1_000,
    *,
    label: str = "",
    kind: int = BlobKind.ATTACHMENT,
    at: int = 0,
    device: str = "device",
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
        name_of(device)[:16],
    )


@pytest.fixture
def blobs(store: SqlStore) -> SqlBlobs:
    """The blobs of a store in which two logs have begun."""
    for centre in (CENTRE, OTHER):
        store.head(centre)
    return store.blobs


def begin(blobs: SqlBlobs, blob: NewBlob, centre: bytes = CENTRE, *, most: int = MOST) -> bool:
    return blobs.begin(centre, blob, dataclasses.replace(ROOM, most=most)) is Fit.FITS


def finish(blobs: SqlBlobs, row: BlobRow, centre: bytes = CENTRE) -> bool:
    return blobs.finish(centre, row, ROOM) is Fit.FITS


def all_there(blobs: SqlBlobs, blob: NewBlob) -> BlobRow:
    assert begin(blobs, blob)
    assert blobs.append(CENTRE, blob.name, 0, b"x" * blob.size) == blob.size
    return kept(blobs, blob)


def kept(blobs: SqlBlobs, blob: NewBlob) -> BlobRow:
    row = blobs.blob(CENTRE, blob.name)
    assert row is not None
    return row


def whole(blobs: SqlBlobs, blob: NewBlob) -> None:
    assert finish(blobs, all_there(blobs, blob))


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
    row = kept(blobs, blob)
    assert (row.held, row.size, row.is_whole) == (1_000, 1_000, False)
    assert not finish(blobs, row, OTHER)
    assert finish(blobs, row)
    assert kept(blobs, blob).is_whole
    assert not finish(blobs, row)


def test_only_what_is_there_as_it_was_read_becomes_whole_or_is_dropped(blobs: SqlBlobs) -> None:
    """Hashing it takes its time: meanwhile it may have made room, and even come again."""
    blob = new("one", 9_000)
    read = all_there(blobs, blob)
    for number in range(MOST):
        assert begin(blobs, new(f"{number}"))
    assert blobs.blob(CENTRE, blob.name) is None
    assert not finish(blobs, read)
    assert begin(blobs, blob)
    assert not finish(blobs, read)
    assert blobs.append(CENTRE, blob.name, 0, b"y" * 10) == 10
    assert not finish(blobs, kept(blobs, blob))
    assert blobs.append(CENTRE, blob.name, 0, b"y" * blob.size) == blob.size
    assert not finish(blobs, read)
    assert not blobs.drop(CENTRE, read)
    assert not kept(blobs, blob).is_whole
    assert blobs.read(CENTRE, blob.name, 0, 20) == b"y" * 20
    assert finish(blobs, kept(blobs, blob))
    assert kept(blobs, blob).is_whole


def test_nothing_is_kept_of_what_was_not_begun_or_was_dropped(blobs: SqlBlobs) -> None:
    blob = new("one")
    assert blobs.append(CENTRE, blob.name, 0, b"x") is None
    assert begin(blobs, blob)
    blobs.append(CENTRE, blob.name, 0, b"x" * 100)
    assert begin(blobs, blob)
    row = kept(blobs, blob)
    assert row.held == 100
    assert blobs.append(OTHER, blob.name, 0, b"x") is None
    assert not blobs.drop(OTHER, row)
    assert blobs.drop(CENTRE, row)
    assert not blobs.drop(CENTRE, row)
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


def test_a_label_that_is_the_name_of_a_blob_hides_it_not(blobs: SqlBlobs) -> None:
    one = new("one")
    whole(blobs, one)
    for number in range(OF_LABEL_MAX):
        whole(blobs, dataclasses.replace(new(f"{number}", device=f"{number}"), label=one.name))
    rows = blobs.find(CENTRE, [one.name])[one.name]
    assert rows[0].name == one.name
    assert len(rows) == OF_LABEL_MAX


def names_of(blobs: SqlBlobs, label: str) -> list[bytes]:
    return [row.name for row in blobs.find(CENTRE, [name_of(label)]).get(name_of(label), ())]


def test_of_one_label_four_are_told_and_as_many_devices_as_there_are(blobs: SqlBlobs) -> None:
    for number in range(OF_LABEL_MAX):
        whole(blobs, new(f"hers {number}", label="scan", device="hers"))
    whole(blobs, new("his", label="scan", device="his"))
    assert begin(blobs, new("theirs", label="scan", device="theirs"))
    found = names_of(blobs, "scan")
    assert len(found) == OF_LABEL_MAX
    assert name_of("his") in found[:2]
    for number in range(3):
        whole(blobs, new(f"{number}", label="scan", device=f"{number}"))
    devices = {row.device for row in blobs.find(CENTRE, [name_of("scan")])[name_of("scan")]}
    assert len(devices) == OF_LABEL_MAX


def test_a_device_has_four_of_one_label_that_are_not_whole(blobs: SqlBlobs) -> None:
    def start(said: str, device: str, label: str = "scan") -> None:
        blob = new(said, 100, label=label, device=device)
        assert begin(blobs, blob, most=64)

    start("his", "his")
    start("other", "hers", label="other")
    for number in range(6):
        start(f"hers {number}", "hers")
    said = ["his", "other", *(f"hers {number}" for number in range(6))]
    there = [one for one in said if blobs.blob(CENTRE, name_of(one))]
    assert there == ["his", "other", "hers 2", "hers 3", "hers 4", "hers 5"]


def test_a_device_has_four_whole_ones_of_one_label_however_many_had_begun(
    blobs: SqlBlobs,
) -> None:
    first, last, *_, fifth = made = [
        new(f"{number}", 100, label="scan", device="hers") for number in range(6)
    ]
    for blob in (first, last):
        assert begin(blobs, blob)
    for blob in made[2:5]:
        whole(blobs, blob)
    for blob in (first, last):
        assert blobs.append(CENTRE, blob.name, 0, b"x" * 100) == 100
    assert finish(blobs, kept(blobs, first))
    assert blobs.finish(CENTRE, kept(blobs, last), ROOM) is Fit.TOO_MANY
    assert blobs.blob(CENTRE, last.name) is None
    assert blobs.begin(CENTRE, fifth, ROOM) is Fit.TOO_MANY
    assert begin(blobs, fifth, OTHER)
    assert begin(blobs, dataclasses.replace(fifth, device=name_of("his")[:16]))


def there(blobs: SqlBlobs, *made: NewBlob) -> list[bool]:
    return [blobs.blob(CENTRE, blob.name) is not None for blob in made]


@pytest.mark.parametrize("kind", [BlobKind.ATTACHMENT, BlobKind.SNAPSHOT])
@pytest.mark.parametrize("size", [255, 9_000, 20_000])
def test_whoever_begins_much_pushes_out_nobody_else_s(
    blobs: SqlBlobs, size: int, kind: BlobKind
) -> None:
    hers = new("hers", 5_000, device="hers")
    his = new("his", 5_000, device="his", kind=BlobKind.SNAPSHOT, at=3)
    for blob in (hers, his):
        assert begin(blobs, blob)
        blobs.append(CENTRE, blob.name, 0, b"x" * 300)
    for number in range(9):
        flood = new(f"{number}", size, device="thief", kind=kind, at=number)
        assert begin(blobs, flood)
        blobs.append(CENTRE, flood.name, 0, b"x" * 255)
    assert there(blobs, hers, his) == [True, True]
    assert blobs.append(CENTRE, hers.name, 300, b"x" * 300) == 600


def test_of_one_device_snapshots_make_room_first(blobs: SqlBlobs) -> None:
    """Whoever brings the old ones of a colleague again stops none of her attachments."""
    scan = new("scan", 9_000)
    assert begin(blobs, scan)
    for number in range(4):
        old = new(f"{number}", 15_000, kind=BlobKind.SNAPSHOT, at=number)
        assert begin(blobs, old)
        blobs.append(CENTRE, old.name, 0, b"x" * 255)
    assert there(blobs, scan) == [True]


def test_the_label_of_zeros_names_nothing(blobs: SqlBlobs) -> None:
    """Snapshots have none, and there may be any number of blobs without one."""
    blob = dataclasses.replace(new("one"), label=NO_LABEL)
    whole(blobs, blob)
    assert blobs.find(CENTRE, [NO_LABEL]) == {}
    assert list(blobs.find(CENTRE, [NO_LABEL, blob.name])) == [blob.name]


def test_unfinished_ones_are_limited_and_those_that_grew_longest_ago_go(blobs: SqlBlobs) -> None:
    for said in ("one", "two", "three"):
        assert begin(blobs, new(said, 9_000))
    blobs.append(CENTRE, name_of("one"), 0, b"grew")
    assert begin(blobs, new("four", 9_000))
    there = {said for said in ("one", "two", "three", "four") if blobs.blob(CENTRE, name_of(said))}
    assert there == {"one", "three", "four"}
    for number in range(6):
        assert begin(blobs, new(f"small {number}", 300))
    small = [blobs.blob(CENTRE, name_of(f"small {number}")) for number in range(6)]
    assert [one is not None for one in small] == [False, False, True, True, True, True]
    assert begin(blobs, new("elsewhere"), OTHER)
    assert blobs.blob(CENTRE, name_of("small 5"))


def test_whole_attachments_stay_for_good_and_the_quota_is_of_all_of_them(blobs: SqlBlobs) -> None:
    for number in range(4):
        whole(blobs, new(f"{number}", 20_000))
    assert not begin(blobs, new("too much", 1))
    assert begin(blobs, new("snapshot", 20_000, kind=BlobKind.SNAPSHOT, at=7))
    assert blobs.blob(CENTRE, name_of("0"))
    assert begin(blobs, new("too much", 1), OTHER)


def test_whole_attachments_of_one_device_leave_room_for_those_of_others(blobs: SqlBlobs) -> None:
    room = dataclasses.replace(ROOM, of_device=50_000)
    for number in range(2):
        whole(blobs, new(f"{number}", 20_000, device="hers"))
    more = new("more", 1_000, device="hers")
    assert blobs.begin(CENTRE, more, room) is Fit.NO_ROOM
    assert begin(blobs, more)
    assert blobs.append(CENTRE, more.name, 0, b"x" * 1_000) == 1_000
    assert blobs.finish(CENTRE, kept(blobs, more), room) is Fit.NO_ROOM
    assert blobs.begin(CENTRE, new("his", 20_000, device="his"), room) is Fit.FITS


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
    first.blobs.begin(CENTRE, blob, Room(1 << 20, 1 << 20, 1 << 20, 9))
    ready = threading.Barrier(3)

    def bring(store: SqlStore) -> None:
        ready.wait(60)
        held: int | None = 0
        while held is not None and held < len(content):
            piece = content[max(0, held - 100) : held + 1_500]
            held = store.blobs.append(CENTRE, blob.name, max(0, held - 100), piece)
        assert held == len(content)

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(bring, one) for one in (first, *others)]:
            done.result(60)
    assert b"".join(first.blobs.pieces(CENTRE, blob.name)) == content


def test_two_that_begin_the_first_blob_of_a_new_centre_are_both_heard(database: Database) -> None:
    stores = [database.store() for _ in range(2)]
    blob = new("one")
    ready = threading.Barrier(2)

    def bring(store: SqlStore, centre: bytes) -> None:
        ready.wait(60)
        assert begin(store.blobs, blob, centre)

    with ThreadPoolExecutor(2) as threads:
        for number in range(40):
            centre = number.to_bytes(16)
            for done in [threads.submit(bring, one, centre) for one in stores]:
                done.result(30)
            assert stores[0].head(centre) == stores[1].head(centre)


def test_a_database_of_before_learns_who_signed_its_blobs(database: Database) -> None:
    """What it holds stays; what had begun and holds nothing begins again."""
    engine = open_engine(database.url)
    migrate(engine, "0003")
    columns = "centre, name, kind, label, log_id, position, chain, size, body_hash, held, is_whole"
    with engine.begin() as connection:
        for said, held in (("kept", 500), ("empty", 0)):
            blob = new(said)
            connection.execute(
                text(
                    f"INSERT INTO blob ({columns}, turn) VALUES"
                    " (:centre, :name, 1, :label, :zeros, 0, :zeros, 1000, :zeros, :held, 0, 1)"
                ),
                {
                    "centre": CENTRE,
                    "name": blob.name,
                    "label": blob.label,
                    "zeros": bytes(32),
                    "held": held,
                },
            )
        head = b"QSPF\x01\x01" + CENTRE + blob.device + bytes(462)
        connection.execute(
            text(
                "INSERT INTO blob_piece (centre, name, start, size, content)"
                " VALUES (:centre, :name, 0, 500, :content)"
            ),
            {"centre": CENTRE, "name": name_of("kept"), "content": head},
        )
    engine.dispose()
    store = database.store()
    store.head(CENTRE)
    blobs = store.blobs
    assert blobs.blob(CENTRE, name_of("empty")) is None
    row = kept(blobs, new("kept"))
    assert (row.device, row.held) == (new("kept").device, 500)
    assert blobs.append(CENTRE, row.name, 500, b"x" * 500) == 1_000
    assert finish(blobs, row)

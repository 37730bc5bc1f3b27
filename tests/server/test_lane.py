"""The own lane on the server: pieces are kept and joined, and only the centre's devices bring any."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from app.services.ports import Cursor
from sync.envelope.blob import SealedBlob, attachment_label, seal_attachment, seal_snapshot
from sync.envelope.leaving import revoke
from sync.protocol import limits, paths
from sync.protocol.blob import BLOB_HEAD_BYTES, blob_id, parse_head, size_of
from sync.protocol.compact import encode_short
from sync.protocol.frames import Frame
from sync.protocol.lane import (
    BLOB_ASKED_MAX,
    PIECE_MAX,
    BlobGet,
    BlobHave,
    BlobHaveReply,
    BlobPutReply,
    SnapshotReply,
    encode_put,
)
from sync.protocol.messages import Message
from sync.server.blobs import OF_LABEL_MAX, Fit, NewBlob, Room
from sync.server.lane_routes import KEEP_EVERY_SECONDS
from sync.server.migrate import migrate
from sync.server.sql_blobs import SqlBlobs
from sync.server.sql_store import SqlStore, open_engine
from tests.support import centres
from tests.support.door import Answer, Caller, Door, invented_region, open_door, sealed
from tests.support.every import some

REFUSED = (401, "unauthorized")
SCAN = bytes(at * 7 % 251 for at in range(600_000))
ROOMY = Room(1 << 30, 1 << 30, 1 << 30, limits.BLOB_UNFINISHED_MAX)


@pytest.fixture
def admin(device: Caller) -> Caller:
    """The centre's first laptop, signed in."""
    return device.log_in()


@pytest.fixture
def plain(door: Door, laptops: centres.TwoLaptops, admin: Caller) -> Caller:
    """Its second laptop."""
    return Caller(door, laptops.plain, admin.server_key).log_in()


@pytest.fixture(scope="module")
def scan(laptops: centres.TwoLaptops) -> SealedBlob:
    """A sealed attachment of three pieces."""
    return seal_attachment(laptops.admin, SCAN)


def put(
    device: Caller, blob: SealedBlob, start: int = 0, end: int | None = None, *, cut: bool = False
) -> Answer:
    content = blob.content[start : start + PIECE_MAX if end is None else end]
    body = encode_put(device.token, blob.id, start, content)
    return device.door.ask(paths.BLOB_PUT, [body], hangs_up=cut)


def brought(device: Caller, blob: SealedBlob) -> None:
    held = 0
    while held < len(blob.content):
        held = put(device, blob, held).read(BlobPutReply).held


def ask(device: Caller, path: str, message: Message) -> Answer:
    return device.door.ask(path, device.token + encode_short(message))


def have(device: Caller, *asked: bytes) -> list[tuple[int, bytes, int, int]]:
    reply = ask(device, paths.BLOB_HAVE, BlobHave(b"".join(asked))).read(BlobHaveReply)
    return [(one.which, one.name, one.size, one.held) for one in reply.states]


def got(device: Caller, blob: SealedBlob, most: int = PIECE_MAX) -> bytes:
    content = b""
    while len(content) < len(blob.content):
        answer = ask(device, paths.BLOB_GET, BlobGet(blob.id, len(content), most))
        assert (answer.status, answer.headers["content-type"]) == (200, paths.MEDIA_TYPE)
        assert 0 < len(answer.body) <= most
        content += answer.body
    return content


def test_what_one_laptop_brings_in_pieces_the_other_asks_for_by_its_label(
    admin: Caller, plain: Caller, scan: SealedBlob, laptops: centres.TwoLaptops
) -> None:
    secret = laptops.plain.epochs[laptops.plain.current]
    label = attachment_label(secret, hashlib.sha256(SCAN).digest())
    assert have(plain, label, scan.id) == []
    assert put(admin, scan).read(BlobPutReply).held == PIECE_MAX
    size = len(scan.content)
    assert have(plain, bytes(32), label) == [(1, scan.id, size, PIECE_MAX)]
    assert ask(plain, paths.BLOB_GET, BlobGet(scan.id)).refusal() == (400, "blob_unknown")
    brought(admin, scan)
    assert have(plain, label, scan.id) == [(0, scan.id, size, size), (1, scan.id, size, size)]
    assert got(plain, scan) == got(plain, scan, 100_000) == scan.content
    beyond = ask(plain, paths.BLOB_GET, BlobGet(scan.id, size))
    assert (beyond.status, beyond.body) == (200, b"")


def test_a_piece_cut_at_any_byte_is_gone_on_with_by_another_laptop(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    blob = seal_attachment(laptops.admin, SCAN[:5_000])
    for end in range(0, len(blob.content), some(293, 97)):
        assert put(admin, blob, 0, end, cut=True).status == 400
        held = [one[3] for one in have(plain, blob.id)]
        assert held == ([end] if end >= limits.BLOB_HELD_MIN else [])
        if held:
            assert put(plain, blob, end, end + 50).read(BlobPutReply).held == end + 50
            (kept,) = have(admin, blob.id)
            assert kept[3] == end + 50
        break_off(admin, blob)
    brought(plain, blob)
    assert got(admin, blob) == blob.content


def break_off(device: Caller, blob: SealedBlob) -> None:
    """Spoil what is held: the whole has not the hash that its head names, and goes."""
    for _, _, size, held in have(device, blob.id):
        body = encode_put(device.token, blob.id, held, b"\xff" * (size - held))
        answer = device.door.ask(paths.BLOB_PUT, body)
        assert answer.refusal() == (400, "blob_altered")
    assert have(device, blob.id) == []


def stored(store: SqlStore, centre: bytes, blob: SealedBlob) -> int:
    kept = store.blobs.blob(centre, blob.id)
    return 0 if kept is None else kept.held


def test_what_came_is_kept_on_the_way_too(
    admin: Caller, plain: Caller, scan: SealedBlob, door: Door, store: SqlStore
) -> None:
    body = encode_put(admin.token, scan.id, 0, scan.content[:PIECE_MAX])
    seen: list[int] = []

    def slowly() -> Iterator[bytes]:
        for at in range(0, len(body), 50_000):
            yield body[at : at + 50_000]
            door.ticks.now += KEEP_EVERY_SECONDS
            seen.append(stored(store, admin.centre, scan))

    assert door.ask(paths.BLOB_PUT, slowly(), hangs_up=True).status == 400
    assert [one[3] for one in have(plain, scan.id)] == [PIECE_MAX]
    # Each is asked when the next piece is wanted: the one before it was kept by then.
    assert seen == sorted(seen)
    assert 0 < seen[1] < seen[-1] < PIECE_MAX + 1


def test_bytes_that_do_not_continue_what_is_held_are_not_taken(
    admin: Caller, scan: SealedBlob
) -> None:
    assert put(admin, scan, 1).refusal() == (400, "blob_gap")
    put(admin, scan, 0, 50_000)
    assert put(admin, scan, 50_001).refusal() == (400, "blob_gap")
    assert put(admin, scan, 10, 20).read(BlobPutReply).held == 50_000
    assert [one[3] for one in have(admin, scan.id)] == [50_000]


def test_only_what_a_device_of_the_centre_signed_is_kept(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    good = seal_attachment(laptops.admin, b"algo")
    stranger = seal_attachment(centres.first_laptop("desconocida"), b"ajeno")
    other = seal_attachment(centres.two_laptops(centre=b"\x12" * 16, prefix="o-").admin, b"ajeno")
    turned = bytearray(good.content)
    turned[220] ^= 1
    newer = bytearray(good.content)
    newer[4] = 2
    for blob, reason in (
        (stranger, "blob_unknown_device"),
        (other, "blob_wrong_centre"),
        (SealedBlob(bytes(32), good.content), "blob_altered"),
        (SealedBlob(blob_id(bytes(turned)), bytes(turned)), "blob_altered"),
        (SealedBlob(blob_id(bytes(newer)), bytes(newer)), "blob_unknown_version"),
        (SealedBlob(good.id, good.content[: BLOB_HEAD_BYTES - 1]), "blob_truncated"),
        (SealedBlob(good.id, b"<html>"), "blob_malformed"),
    ):
        assert put(admin, blob).refusal() == (400, reason)
        assert have(admin, blob.id) == []


def test_a_revoked_device_neither_brings_nor_gets_anything(
    door: Door, store: SqlStore, admin: Caller, plain: Caller, scan: SealedBlob
) -> None:
    brought(admin, scan)
    gone = plain.keyring.device.id
    renewed = revoke(admin.keyring, gone, os.urandom)
    store.add_statements(admin.centre, renewed.statements)
    assert put(plain, seal_attachment(plain.keyring, b"algo")).refusal() == REFUSED
    for path, message in (
        (paths.BLOB_HAVE, BlobHave(scan.id)),
        (paths.BLOB_GET, BlobGet(scan.id)),
    ):
        assert ask(plain, path, message).refusal() == REFUSED
    assert door.ask(paths.SNAPSHOT, plain.token).refusal() == REFUSED
    assert got(admin, scan) == scan.content
    # What it sealed in good faith is taken when a member brings it.
    brought(admin, seal_attachment(plain.keyring, b"de buena fe"))


class Meanwhile(SqlBlobs):
    """The real blobs; while one is read to be hashed, something else happens."""

    then: Callable[[], None] | None = None

    def pieces(self, centre_id: bytes, name: bytes) -> Iterator[bytes]:
        for piece in super().pieces(centre_id, name):
            yield piece
            if (then := self.then) is not None:
                self.then = None
                then()


class BusyStore(SqlStore):
    """The real store over blobs to which something happens."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.meanwhile = Meanwhile(engine)

    @property
    def blobs(self) -> SqlBlobs:
        return self.meanwhile


@pytest.fixture
def busy(laptops: centres.TwoLaptops) -> Iterator[tuple[Caller, Meanwhile]]:
    """A laptop that is signed in at a server where something happens while a blob is hashed."""
    engine = open_engine("sqlite://")
    migrate(engine)
    store = BusyStore(engine)
    door = open_door(store)
    yield Caller(door, laptops.admin, invented_region().public).log_in(), store.meanwhile
    door.close()
    store.close()


@pytest.mark.parametrize("comes_again", [0, BLOB_HEAD_BYTES, 100_000])
def test_a_blob_that_made_room_while_it_was_hashed_is_neither_confirmed_nor_spoilt(
    busy: tuple[Caller, Meanwhile], laptops: centres.TwoLaptops, comes_again: int
) -> None:
    device, meanwhile = busy
    blob = seal_attachment(laptops.admin, SCAN[:200_000])
    others = [
        seal_attachment(laptops.admin, b"%d" % number)
        for number in range(limits.BLOB_UNFINISHED_MAX)
    ]
    size = len(blob.content)
    asked = encode_put(device.token, blob.id, 0, blob.content)

    def crowd_out() -> None:
        for other in others:
            assert begun(meanwhile, device.centre, other)
        if comes_again:
            assert begun(meanwhile, device.centre, blob)
            content = blob.content[:comes_again]
            assert meanwhile.append(device.centre, blob.id, 0, content) == comes_again

    meanwhile.then = crowd_out
    assert device.door.ask(paths.BLOB_PUT, asked).refusal() == (400, "blob_gap")
    held = [(0, blob.id, size, comes_again)] if comes_again else []
    assert have(device, blob.id) == held
    assert ask(device, paths.BLOB_GET, BlobGet(blob.id)).refusal() == (400, "blob_unknown")
    brought(device, blob)
    assert got(device, blob) == blob.content


def begun(blobs: SqlBlobs, centre: bytes, blob: SealedBlob) -> bool:
    head = parse_head(blob.content)
    new = NewBlob(
        blob.id,
        head.kind,
        head.label,
        head.log_id,
        head.position,
        head.chain,
        size_of(head),
        head.body_hash,
        head.device,
    )
    return blobs.begin(centre, new, ROOMY) is Fit.FITS


def test_two_that_bring_the_last_piece_at_once_are_both_told_that_it_is_whole(
    busy: tuple[Caller, Meanwhile], laptops: centres.TwoLaptops
) -> None:
    device, meanwhile = busy
    blob = seal_attachment(laptops.admin, SCAN[:5_000])

    def other_ends_first() -> None:
        row = meanwhile.blob(device.centre, blob.id)
        assert row is not None
        assert meanwhile.finish(device.centre, row, ROOMY) is Fit.FITS

    meanwhile.then = other_ends_first
    assert put(device, blob).read(BlobPutReply).held == len(blob.content)
    assert got(device, blob) == blob.content


def test_one_label_holds_four_whole_blobs_of_a_device_and_hides_none_of_the_others(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    """Sealed anew each time, the same attachment is another blob of the same label."""
    content = SCAN[:2_000]
    label = attachment_label(
        laptops.plain.epochs[laptops.plain.current], hashlib.sha256(content).digest()
    )
    for _ in range(OF_LABEL_MAX):
        brought(admin, seal_attachment(laptops.admin, content))
    one_more = seal_attachment(laptops.admin, content)
    for device in (admin, plain):
        assert put(device, one_more).refusal() == (400, "blob_too_many")
    assert have(admin, one_more.id) == []
    his = seal_attachment(laptops.plain, content)
    brought(admin, his)
    found = [name for _, name, _, _ in have(plain, label)]
    assert len(found) == OF_LABEL_MAX
    assert his.id in found
    brought(admin, seal_attachment(laptops.admin, content + b"another"))


def test_a_label_that_is_asked_for_many_times_is_answered_as_often(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    content = SCAN[:2_000]
    secret = laptops.admin.epochs[laptops.admin.current]
    label = attachment_label(secret, hashlib.sha256(content).digest())
    for _ in range(OF_LABEL_MAX):
        brought(admin, seal_attachment(laptops.admin, content))
    found = [name for _, name, _, _ in have(admin, label)]
    states = have(admin, *[label] * BLOB_ASKED_MAX)
    assert [(which, name) for which, name, _, _ in states] == [
        (which, name) for which in range(BLOB_ASKED_MAX) for name in found
    ]


def test_a_centre_has_its_quota_and_what_is_whole_stays(
    admin: Caller, scan: SealedBlob, monkeypatch: pytest.MonkeyPatch, laptops: centres.TwoLaptops
) -> None:
    brought(admin, scan)
    monkeypatch.setattr(limits, "BLOBS_BYTES_MAX", 700_000)
    assert put(admin, seal_attachment(laptops.admin, SCAN)).refusal() == (400, "blob_quota")
    assert got(admin, scan) == scan.content


def test_one_device_does_not_take_the_room_of_its_colleagues(
    admin: Caller, scan: SealedBlob, monkeypatch: pytest.MonkeyPatch, laptops: centres.TwoLaptops
) -> None:
    brought(admin, scan)
    monkeypatch.setattr(limits, "BLOBS_OF_DEVICE_MAX", 700_000)
    assert put(admin, seal_attachment(laptops.admin, SCAN)).refusal() == (400, "blob_quota")
    brought(admin, seal_attachment(laptops.plain, SCAN))


def test_what_others_filled_meanwhile_is_full_also_for_what_had_begun(
    admin: Caller, scan: SealedBlob, monkeypatch: pytest.MonkeyPatch, laptops: centres.TwoLaptops
) -> None:
    monkeypatch.setattr(limits, "BLOBS_BYTES_MAX", 1_000_000)
    late = seal_attachment(laptops.plain, SCAN)
    put(admin, late)
    brought(admin, scan)
    assert put(admin, late, PIECE_MAX).read(BlobPutReply).held == 2 * PIECE_MAX
    assert put(admin, late, 2 * PIECE_MAX).refusal() == (400, "blob_quota")
    assert have(admin, late.id) == []


def test_pieces_are_counted_like_batches(
    admin: Caller, scan: SealedBlob, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 40
    monkeypatch.setattr("sync.server.throttle.BYTES_PER_HOUR", count * PIECE_MAX)
    refused = 0
    for _ in range(count + 1):
        answer = put(admin, scan)
        refused += answer.status == 429
    assert refused
    assert ask(admin, paths.BLOB_GET, BlobGet(scan.id)).status == 429


@pytest.fixture
def placed(admin: Caller, laptops: centres.TwoLaptops) -> list[Cursor]:
    """The places of a log of three batches."""
    batches = [one.content for one in sealed(laptops.admin, 3)]
    head, _ = admin.compact(*(Frame.of(b"", one) for one in batches)).pulled()
    return [Cursor(head.log_id, one.position, one.chain) for one in head.receipts]


def newest(device: Caller) -> list[tuple[bytes, int]]:
    reply = device.door.ask(paths.SNAPSHOT, device.token).read(SnapshotReply)
    return [(one.name, one.position) for one in reply.snapshots]


def test_the_newest_two_snapshots_of_the_log_are_kept(
    admin: Caller, plain: Caller, placed: list[Cursor], laptops: centres.TwoLaptops
) -> None:
    assert newest(plain) == []
    made = [seal_snapshot(laptops.admin, b"todo", at) for at in placed]
    for number in (2, 0):
        brought(admin, made[number])
    assert newest(plain) == [(made[2].id, 3), (made[0].id, 1)]
    brought(plain, made[1])
    assert newest(plain) == [(made[2].id, 3), (made[1].id, 2)]
    assert have(admin, made[0].id) == []
    reply = plain.door.ask(paths.SNAPSHOT, plain.token).read(SnapshotReply)
    assert (reply.log_id, reply.top) == (placed[0].log_id, 3)
    first = reply.snapshots[0]
    assert first.size == len(made[2].content)
    assert first.log_bytes == sum(len(one.content) for one in sealed(laptops.admin, 3))
    assert got(plain, made[2]) == made[2].content


def test_a_snapshot_of_another_log_or_beyond_its_end_is_refused(
    admin: Caller, placed: list[Cursor], laptops: centres.TwoLaptops
) -> None:
    for change in ({"log_id": b"\x77" * 16}, {"chain": b"\x77" * 32}, {"position": 4}):
        at = dataclasses.replace(placed[2], **change)  # type: ignore[arg-type]
        blob = seal_snapshot(laptops.admin, b"todo", at)
        assert put(admin, blob).refusal() == (400, "snapshot_other_log")


def test_a_piece_over_the_limit_is_refused_before_memory_is_taken(
    admin: Caller, scan: SealedBlob, door: Door
) -> None:
    front = encode_put(admin.token, scan.id, 0, b"")

    def endless() -> Iterator[bytes]:
        yield front + scan.content[:100]
        for _ in range(10_000):
            yield bytes(60_000)

    tracemalloc.start()
    answer = door.ask(paths.BLOB_PUT, endless(), hangs_up=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.refusal() == (413, "message_over_limit")
    assert answer.pieces_read <= 6
    assert peak < 3_000_000

"""The decoders of what travels apart or lies in a file: the lane of blobs, sticks, and the files
beside the database."""

from __future__ import annotations

import hashlib
import io
import sqlite3
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from app.crypto.sealing import SALT_BYTES, seal_under
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.services.ports import Cursor
from db.archive_contents import archive_key, read_archive
from db.cipher_page import PAGE_BYTES, closed_first_page, first_page
from db.frames import framed, scan
from db.laptop_copy import LaptopCopy, copy_key, read_copy, write_copy
from db.wal import is_damaged, mended
from sync.client.lane_asks import BlobsThere
from sync.client.parcel import CompactReader
from sync.client.pieces import whole_states
from sync.client.requests import Exchange
from sync.client.unfinished import Unfinished
from sync.envelope.blob import open_blob, seal_attachment, seal_snapshot
from sync.envelope.centre_blobs import CentreBlobs
from sync.envelope.seal import CentreEnvelope
from sync.envelope.snapshot import CONTENT_MAX, decode_snapshot, encode_snapshot
from sync.protocol import blob, codec, lane
from sync.protocol.compact import encode_short
from sync.protocol.errors import CodecError
from sync.protocol.extract import encode_extract, extract_centre, parse_extract
from sync.protocol.holding import holding_said, is_holding_signed, parse_holding
from tests.fuzz.registry import KEY, VECTORS, in_pieces, laptops, scratch, target, vectors
from tests.support import centres, make_vectors

__all__ = ["LANE_KINDS"]

# --- sticks -----------------------------------------------------------------------------------------


def extract_seeds() -> list[bytes]:
    """An extract of three batches at the beginning of a log, and one further on."""
    front = struct.pack(">4sB16s16sQ", b"QSPX", 1, b"\x11" * 16, b"\x0b" * 16, 9)
    return [front + bytes(96) + bytes(range(32)) * 3, front + bytes(96) + bytes(32) * 9]


@target(lambda: [*vectors("extract.bin")(), *extract_seeds()], CodecError)
def extract(content: bytes) -> None:
    """The word of the region's server, on a stick."""
    extract_centre(content)
    found = parse_extract(content)
    assert encode_extract(found) == content
    assert found.receipt().position == found.position


@target(vectors("more/holding.bin"), CodecError)
def holding(content: bytes) -> None:
    """What a laptop says to hold, on a stick."""
    found = parse_holding(content)
    assert holding_said(found) == content[:-64]
    is_holding_signed(content, bytes(32))


# --- the lane: its messages, and the pieces of blobs ------------------------------------------------

LANE_KINDS: Final = (
    lane.BlobHave,
    lane.BlobHaveReply,
    lane.BlobPutReply,
    lane.BlobGet,
    lane.SnapshotReply,
)
_ASKED: Final = [bytes([number]) * 32 for number in range(3)]


def lane_seeds() -> list[bytes]:
    """The messages of the lane among the vectors, behind the number of each one's kind."""
    names = ("have-request", "have-reply", "put-reply", "get-request")
    files = [VECTORS / "v3" / f"blob-{name}.bin" for name in names]
    files.append(VECTORS / "v3" / "snapshot-reply.bin")
    return [bytes([kind]) + one.read_bytes() for kind, one in enumerate(files)]


@target(lane_seeds, CodecError)
def lane_message(content: bytes) -> None:
    """A message of the lane: the first byte says of which kind."""
    if not content:
        return
    kind = LANE_KINDS[content[0] % len(LANE_KINDS)]
    found = codec.decode(kind, content[1:])
    for write in (codec.encode, encode_short):
        assert codec.decode(kind, write(found)) == found


@target(vectors("blob-have-reply.bin"), CodecError)
def whole_blobs(content: bytes) -> None:
    """Which blobs the other side has, as the client takes its answer."""
    asking = whole_states(_ASKED)
    ask = next(asking)
    assert isinstance(ask, BlobsThere)
    try:
        asking.send(ask.read(content))
    except StopIteration as done:
        assert set(done.value) <= set(_ASKED)
        assert all(one.is_whole for states in done.value.values() for one in states)
    else:
        raise AssertionError("one question is enough for three blobs")


def put_seeds() -> list[bytes]:
    """A piece that goes up, in small steps and at once."""
    return [bytes([step]) + one for step in (0, 96) for one in vectors("blob-put-request.bin")()]


def _put(reader: lane.PutReader) -> Callable[[bytes], list[object]]:
    def feed(piece: bytes) -> list[object]:
        reader.feed(piece)
        if reader.token is None:
            return []
        start, came = reader.take()
        return [(start + at, byte) for at, byte in enumerate(came)]

    return feed


@target(put_seeds, CodecError)
def put(content: bytes) -> None:
    """A piece of a blob as the server reads it, cut anywhere: the same as at once."""
    one, at_once = lane.PutReader(), lane.PutReader()
    found = in_pieces(content, _put(one))
    one.close()
    assert _put(at_once)(content[1:]) == found
    at_once.close()
    assert (one.token, one.name, one.start) == (at_once.token, at_once.name, at_once.start)
    again = lane.encode_put(one.token or b"", one.name, one.start - len(found), _bytes(found))
    assert again == content[1:]


def _bytes(found: list[object]) -> bytes:
    return bytes(byte for _, byte in found)  # type: ignore[attr-defined]


def pull_seeds() -> list[bytes]:
    """Answers of an exchange, those that leave out what is kept too."""
    return [bytes([cut]) + one for cut in (0, 1) for one in vectors("pull*.bin")()]


@cache
def kept_entry() -> tuple[Unfinished, Cursor]:
    """The first 100 bytes of batch 1 of the vectors, and where the laptop stands before it."""
    content = (VECTORS / "batch-1.bin").read_bytes()
    known = msgspec.json.decode((VECTORS / "values.json").read_bytes())
    log_id, before, chain = (bytes.fromhex(known[one]) for one in ("log_id", "chain_0", "chain_1"))
    return Unfinished(log_id, 1, chain, len(content), content[:100]), Cursor(log_id, 0, before)


@target(pull_seeds, CodecError)
def resumed_pull(content: bytes) -> None:
    """An answer joined to what is kept of its first entry; an odd first byte: the link broke."""
    kept, cursor = kept_entry()
    reader = CompactReader(Exchange(cursor, kept=kept))
    failure: str | None = None
    try:
        reader.feed(content[1:])
        reader.close()
    except CodecError:
        if not reader.has_head:
            raise
        failure = "answer_cut"
    found = reader.read(failure or ("answer_cut" if content[:1] == b"\1" else None))
    if found.unfinished is not None:
        assert Unfinished.from_bytes(found.unfinished.to_bytes()) in (found.unfinished, None)


# --- blobs and snapshots ----------------------------------------------------------------------------


@cache
def blob_seed() -> bytes:
    """A sealed attachment."""
    return seal_attachment(laptops().admin, b"an attachment", bytes).content


@target(vectors("attachment.bin", "snapshot.bin"), CodecError)
def blob_head(content: bytes) -> None:
    """Whatever lies on a stick with the ending of an attachment, without keys."""
    head = blob.parse_head(content)
    written = blob.encode_head(head)
    assert content.startswith(written)
    assert blob.size_of(head) <= lane.BLOB_SIZE_MAX
    assert blob.check_body(content) == head


@target(lambda: [blob_seed(), *vectors("snapshot.bin")()], CodecError, DomainError)
def sealed_blob(content: bytes) -> None:
    """Attachments and snapshots in their own lane, with the keys of two centres."""
    head = blob.parse_head(content)
    keyring = laptops().plain
    open_blob(keyring if head.centre == keyring.centre else make_vectors.keyring(), content)


@cache
def snapshot_seed() -> bytes:
    """What the snapshot of the vectors says, as it is compressed."""
    (sealed,) = vectors("snapshot.bin")()
    return open_blob(make_vectors.keyring(), sealed)[1]


def snapshot_insides() -> list[bytes]:
    """What it says, decompressed."""
    return [zstandard.ZstdDecompressor().decompress(snapshot_seed())]


@target(lambda: [snapshot_seed()], DomainError)
def snapshot(content: bytes) -> None:
    """What a snapshot says; as it is opened, and compressed."""
    decode_snapshot(centres.REGISTRY, content)


def _compressed(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1, write_content_size=True).compress(content)


@target(snapshot_insides, DomainError)
def snapshot_inside(content: bytes) -> None:
    """What a snapshot says, compressed here as it should be."""
    assert len(content) <= CONTENT_MAX
    said = decode_snapshot(centres.REGISTRY, _compressed(content))
    assert decode_snapshot(centres.REGISTRY, encode_snapshot(centres.REGISTRY, said)) == said


@target(snapshot_insides, DomainError)
def sealed_snapshot(content: bytes) -> None:
    """Whatever a laptop of the centre seals as a snapshot."""
    at = Cursor(b"\x22" * 16, 2, b"\x33" * 32)
    sealed = seal_snapshot(laptops().admin, _compressed(content), at, bytes)
    said = CentreBlobs(CentreEnvelope(centres.REGISTRY, laptops().plain)).open_snapshot(
        sealed.content
    )
    assert said.at == at


# --- beside the database ----------------------------------------------------------------------------


@target(lambda: [framed(1, b"one") + framed(2, b"two") + b"dust" + framed(3, b"")])
def archive(content: bytes) -> None:
    """The frames of the file beside the database: whatever is in it, nothing is left out."""
    at = 0
    for one in scan(io.BytesIO(content), len(content)):
        begins = one.at
        assert begins == at
        at = one.end
    assert at == len(content)


def archive_bodies() -> list[bytes]:
    """What stands in frames of each kind, behind the number of the kind."""
    log_id, name, chain = b"\x22" * 16, b"\x44" * 32, b"\x33" * 32
    place = struct.pack(">32sQ32sB", name, 1, chain, 1)
    return [
        b"\1a batch",
        b"\2" + log_id + place + place,
        b"\3" + struct.pack(">16sQ32s", log_id, 1, chain),
        b"\4" + struct.pack(">Q32s", 0, chain),
    ]


@target(archive_bodies)
def archive_inside(content: bytes) -> None:
    """Whatever stands in a whole frame that our key closed, between two batches: these are found,
    and their bytes are theirs."""
    key = archive_key(KEY)
    kind, body = content[:1], content[1 : 1 << 16]
    bodies = [(b"\1", b"before"), *([(kind, body)] if kind else []), (b"\1", b"behind")]
    path = scratch() / "archive"
    path.write_bytes(b"".join(_sealed_frame(key, *one) for one in bodies))
    found = read_archive(path, key)
    assert found.damaged == 0
    for known in (b"before", b"behind"):
        assert found.content(hashlib.blake2b(known, digest_size=32).digest()) == known
    assert all(at <= (found.cursor.position if found.cursor else 0) for at in found.verified())


def _sealed_frame(key: SecretKey, kind: bytes, body: bytes) -> bytes:
    salt = hashlib.blake2b(kind + body, digest_size=SALT_BYTES).digest()
    return framed(kind[0], salt, seal_under(key, "batch-archive", body, salt=salt, bound=kind))


@target(lambda: [_copy_bytes()], DomainError)
def laptop_copy(content: bytes) -> None:
    """The sealed copy of what only this laptop knows."""
    path = scratch() / "copy"
    path.write_bytes(content)
    read_copy(path, copy_key(KEY))


@target(lambda: [msgspec.msgpack.encode(_copy())], DomainError)
def laptop_copy_inside(content: bytes) -> None:
    """Whatever our own key sealed as that copy."""
    key, head = copy_key(KEY), b"QSPE\1" + bytes(SALT_BYTES)
    path = scratch() / "copy-inside"
    sealed = seal_under(key, "laptop-copy", content, salt=bytes(SALT_BYTES), bound=head)
    path.write_bytes(head + sealed)
    found = read_copy(path, key)
    assert found is not None
    assert len(found.by_name) <= len(found.rows)


def _copy() -> LaptopCopy:
    return LaptopCopy((("a", b"b"),), b"page", "3")


def _copy_bytes() -> bytes:
    path = scratch() / "seed"
    write_copy(path, copy_key(KEY), _copy())
    return path.read_bytes()


WAL_HEAD_BYTES: Final = 32


@cache
def wal_seed() -> bytes:
    """A write-ahead log of three commits, as SQLite left it."""
    path = scratch() / "wal.db"
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        f"PRAGMA page_size = {PAGE_BYTES}",
        "PRAGMA journal_mode = WAL",
        "CREATE TABLE one (two)",
        "INSERT INTO one VALUES (1)",
        "INSERT INTO one VALUES (2)",
    ):
        connection.execute(statement)
    content = Path(f"{path}-wal").read_bytes()
    connection.close()
    return content


@target(lambda: [wal_seed()])
def wal(content: bytes) -> None:
    """A write-ahead log, wherever it is damaged: mended, it is whole and stays as it is."""
    is_damaged(content)
    for is_whole in (lambda *_: True, lambda number, page: bool(page[0] & 1) or number == 1):
        once = mended(content, is_whole)
        assert not is_damaged(once)
        # Nothing but its head is left of one without a whole page.
        assert len(once) == WAL_HEAD_BYTES or mended(once, lambda *_: True) == once
        assert len(once) <= len(content)


@target(lambda: [closed_first_page(bytes(range(250)) * 16 + bytes(16), KEY)])
def page_one(content: bytes) -> None:
    """The first page of a database: opened when it is whole, and closed again."""
    opened = first_page(content, KEY)
    if opened is not None:
        again = first_page(closed_first_page(opened, KEY), KEY)
        assert again is not None
        assert again[96:] == opened[96:]


@target(lambda: [Unfinished(bytes(16), 1, bytes(32), 9_000, bytes(5_000)).to_bytes()])
def unfinished(content: bytes) -> None:
    """What is kept of an entry whose answer was cut."""
    found = Unfinished.from_bytes(content)
    assert found is None or found.to_bytes() == content

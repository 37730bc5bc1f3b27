"""Snapshots: heads with their bases and places come back as they were; lies are named."""

from __future__ import annotations

import dataclasses
import hashlib

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import DomainError
from app.services.ports import Cursor, PlacedHead, SnapshotContent
from sync.envelope import snapshot as module
from sync.envelope.snapshot import decode_snapshot, encode_snapshot
from tests.support import centres
from tests.support.windows_of_zstd import with_window

AT = Cursor(b"\x10" * 16, 7, b"\x22" * 32)


def heads(count: int) -> tuple[PlacedHead, ...]:
    first = centres.change(1)
    made = [
        centres.change(
            number + 2, f"valor inventado {number}", record=number, bases=(first.id,) * (number % 2)
        )
        for number in range(count)
    ]
    names = [hashlib.sha256(bytes([number % 7])).digest()[:16] for number in range(count)]
    return tuple(
        PlacedHead(change, name, number * 3)
        for number, (change, name) in enumerate(zip(made, names, strict=True))
    )


@pytest.mark.parametrize("count", [0, 1, 50])
def test_a_snapshot_comes_back_as_it_was(count: int) -> None:
    said = SnapshotContent(AT, heads(count))
    assert decode_snapshot(centres.REGISTRY, encode_snapshot(centres.REGISTRY, said)) == said


def test_many_heads_travel_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PART", 20)
    said = SnapshotContent(AT, heads(50))
    assert decode_snapshot(centres.REGISTRY, encode_snapshot(centres.REGISTRY, said)) == said


def lied(**columns: object) -> bytes:
    content = encode_snapshot(centres.REGISTRY, SnapshotContent(AT, heads(3)))
    said = msgspec.msgpack.decode(zstandard.decompress(content), type=module._Content)
    changed = msgspec.structs.replace(said, **columns)
    return zstandard.compress(msgspec.msgpack.encode(changed))


NOTHING = {"contexts": b"", "context_of": b"", "place_of": b""}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"version": 2}, "snapshot_newer"),
        ({"contexts": b"kurz"}, "snapshot_malformed"),
        ({"contexts": b""}, "snapshot_malformed"),
        ({"context_of": b"\0\0"}, "snapshot_malformed"),
        ({"context_of": b"\0\0\0\0"}, "snapshot_malformed"),
        ({"context_of": b"\0\0\0\0", "place_of": b"\0\3\6\7"}, "snapshot_malformed"),
        ({"place_of": b"\x80"}, "snapshot_malformed"),
        ({"place_of": b"\0\3"}, "snapshot_malformed"),
        ({"contexts": b"c" * 47}, "snapshot_malformed"),
        ({"parts": (b"\x92\x09\x09",)}, "snapshot_newer"),
        ({**NOTHING, "parts": (b"\xc0",)}, "snapshot_malformed"),
        ({"parts": (b"\x90",)}, "snapshot_malformed"),
        ({"parts": (b"",) * 1001}, "snapshot_malformed"),
    ],
)
def test_columns_that_lie_are_named(columns: dict[str, object], reason: str) -> None:
    with pytest.raises(DomainError, match=reason):
        decode_snapshot(centres.REGISTRY, lied(**columns))


def test_a_window_larger_than_any_reader_has_room_for_is_refused() -> None:
    content = encode_snapshot(centres.REGISTRY, SnapshotContent(AT, heads(10)))
    encoded = zstandard.decompress(content)
    assert decode_snapshot(centres.REGISTRY, with_window(encoded, 28, 4)).at == AT  # 384 MiB
    with pytest.raises(DomainError, match="snapshot_malformed"):
        decode_snapshot(centres.REGISTRY, with_window(encoded, 28, 5))


def test_a_change_twice_is_no_snapshot() -> None:
    one, other, *_ = heads(3)
    doubled = SnapshotContent(AT, (one, dataclasses.replace(one, place=9), other))
    with pytest.raises(DomainError, match="snapshot_malformed"):
        decode_snapshot(centres.REGISTRY, encode_snapshot(centres.REGISTRY, doubled))


def test_a_bomb_is_refused_before_memory_is_taken_for_it() -> None:
    bomb = zstandard.compress(bytes(module.CONTENT_MAX + 1))
    assert len(bomb) < 100_000
    with pytest.raises(DomainError, match="snapshot_over_limit"):
        decode_snapshot(centres.REGISTRY, bomb)


def test_a_snapshot_of_more_than_any_reader_takes_is_neither_made_nor_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = SnapshotContent(AT, heads(50))
    monkeypatch.setattr(module, "_PART", 10)
    content = encode_snapshot(centres.REGISTRY, said)
    assert decode_snapshot(centres.REGISTRY, content) == said, "the control"
    monkeypatch.setattr(module, "HEADS_MAX", 40)
    with pytest.raises(DomainError, match="snapshot_over_limit"):
        encode_snapshot(centres.REGISTRY, said)
    monkeypatch.setattr(module, "CHANGES_MAX", 0)
    with pytest.raises(DomainError, match="snapshot_over_limit"):
        decode_snapshot(centres.REGISTRY, content)
    monkeypatch.undo()
    monkeypatch.setattr(module, "CONTENT_MAX", 1_000)
    with pytest.raises(DomainError, match="snapshot_over_limit"):
        encode_snapshot(centres.REGISTRY, said)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_refused_by_name(content: bytes, is_frame: bool) -> None:
    with pytest.raises(DomainError, match=r"^snapshot_"):
        decode_snapshot(centres.REGISTRY, zstandard.compress(content) if is_frame else content)

"""What a malicious laptop of the centre may seal: its signature and its seal are good, the rest lies."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable
from typing import Any

import msgspec
import zstandard

from app.crypto.sealing import seal_under
from sync.envelope.columns import by_byte
from sync.envelope.keyring import Keyring
from sync.envelope.padding import CONTENT_MAX, padme
from sync.envelope.payload import CHANGES_MAX, TEXT_LENGTH_MAX, encode_changes
from sync.envelope.varints import to_zigzag, write_varints
from sync.protocol.batch import (
    BOUND_BYTES,
    NO_BATCH,
    NO_CASE_KEY,
    BatchHeader,
    body_hash,
    encode_header,
    join_batch,
)
from sync.protocol.signature import Purpose
from tests.support import centres

__all__ = [
    "ACCEPTED",
    "BOMBS",
    "accepted",
    "columns",
    "compressed",
    "padded",
    "sealed_around",
    "sealed_bombs",
]

PLACES = {
    name: at
    for at, name in enumerate(
        [
            "format",
            "reader",
            "count",
            "sessions",
            "authors",
            "records",
            "field_kinds",
            "field_numbers",
            "record_of",
            "field_of",
            "session_of",
            "author_of",
            "wall_steps",
            "counter_steps",
            "base_counts",
            "base_of",
            "base_ids",
            "values",
        ]
    )
}
LARGE = CONTENT_MAX - 4_096
"""Bytes of one column that still fits into the decompressed limit."""


def columns(**changed: Any) -> bytes:
    """The payload of one change, with columns changed."""
    changes = [centres.change(1, "v")]
    content: list[Any] = msgspec.msgpack.decode(encode_changes(centres.REGISTRY, changes))
    for name, value in changed.items():
        content[PLACES[name]] = value
    return msgspec.msgpack.encode(content)


def of(count: int, **changed: Any) -> dict[str, Any]:
    """The columns of so many changes of one field of one record."""
    same = {
        "count": count,
        "record_of": bytes(1) + _ones(count - 1),
        "values": ["v"] * count,
        "wall_steps": b"\x02" * count,
        "counter_steps": b"\x02" * count,
    }
    same |= dict.fromkeys(("field_of", "session_of", "author_of", "base_counts"), bytes(count))
    return {**same, **changed}


def compressed(content: bytes) -> bytes:
    """As an honest laptop compresses, but quicker."""
    return zstandard.ZstdCompressor(level=3, write_content_size=True).compress(content)


def padded(frame: bytes) -> bytes:
    """A compressed frame with its length, padded as it should be."""
    size = 4 + len(frame)
    return struct.pack(">I", len(frame)) + frame + bytes(padme(size) - size)


def sealed_around(keyring: Keyring, content: bytes, number: int = 1) -> bytes:
    """A batch that a laptop of the centre really sealed and signed, around any padded content."""
    header = BatchHeader(
        version=1,
        suite=1,
        centre=keyring.centre,
        device=keyring.keys.id_in(keyring.centre),
        session=number.to_bytes(8, "big"),
        number=1,
        previous=NO_BATCH,
        epoch_tag=keyring.current,
        case_key_id=NO_CASE_KEY,
        salt=number.to_bytes(16, "big"),
        seen=None,
        body_hash=bytes(32),
        body_size=1,
    )
    bound = encode_header(header)[:BOUND_BYTES]
    secret = keyring.epochs[keyring.current]
    body = seal_under(secret, "batch", content, salt=header.salt, bound=bound)
    whole = dataclasses.replace(header, body_hash=body_hash(body), body_size=len(body))
    head = encode_header(whole)
    return join_batch(head, keyring.keys.sign(Purpose.BATCH, head), body)


def _lying_frame() -> bytes:
    """A frame that announces a little and holds the limit."""
    honest = zstandard.ZstdCompressor(level=3).compress(bytes(range(250)) * 4)
    return honest[:5] + struct.pack("<H", 0) + honest[7:]


def _far_window() -> bytes:
    """A frame whose window is 2 GiB, as its header may say."""
    # Magic; descriptor: no single segment, content size of four bytes; window of exponent 21 + 10.
    return struct.pack("<IBBI", 0xFD2FB528, 0x80, 21 << 3, 1_000) + b"\x01\x00\x00"


def _inside(**changed: Any) -> Callable[[], bytes]:
    return lambda: padded(compressed(columns(**changed)))


def _raw(content: bytes) -> Callable[[], bytes]:
    return lambda: padded(compressed(content))


def _ones(count: int) -> bytes:
    return bytes([1]) * count


_MANY = CHANGES_MAX

BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "no padding": ("batch_malformed", lambda: b""),
    "a length that lies": ("batch_malformed", lambda: struct.pack(">I", 2**32 - 1) + bytes(252)),
    "padding that is not": ("batch_malformed", lambda: padded(compressed(b"x"))[:-1] + b"\1"),
    "no frame": ("batch_malformed", lambda: padded(b"no zstd at all")),
    "two frames": ("batch_malformed", lambda: padded(compressed(columns()) * 2)),
    "a zstd bomb": ("batch_over_limit", _raw(bytes(CONTENT_MAX + 1))),
    "a zstd bomb of a gigabyte": (
        "batch_over_limit",
        lambda: padded(struct.pack("<IBQ", 0xFD2FB528, 0xE0, 1 << 30) + b"\x01\x00\x00"),
    ),
    "a zstd bomb that says it is small": ("batch_malformed", lambda: padded(_lying_frame())),
    "a window of two gigabytes": ("batch_malformed", lambda: padded(_far_window())),
    "nothing but zeros": ("batch_malformed", _raw(bytes(CONTENT_MAX))),
    "arrays in arrays": ("batch_malformed", _raw(b"\x91" * CONTENT_MAX)),
    "maps in maps": ("batch_malformed", _raw(b"\x81\xa0" * (CONTENT_MAX // 2))),
    "an array said to be endless": ("batch_malformed", _raw(b"\xdd\xff\xff\xff\xff")),
    "values said to be endless": (
        "batch_malformed",
        _raw(columns()[: -len(msgspec.msgpack.encode(["v"]))] + b"\xdd\xff\xff\xff\xff"),
    ),
    "50,001 changes": (
        "batch_malformed",
        _inside(**of(_MANY + 1)),
    ),
    "more changes than there are": ("batch_malformed", _inside(count=_MANY)),
    "no change": ("batch_malformed", _inside(count=0, values=[])),
    "a newer reader": ("batch_unknown_version", _inside(reader=65_535)),
    "a text over the limit": ("batch_malformed", _inside(values=["a" * (TEXT_LENGTH_MAX + 1)])),
    "10,001 codes": ("batch_malformed", _inside(values=[[""] * 10_001])),
    "200,001 codes in all": (
        "batch_malformed",
        _inside(**of(21, values=[["ab"] * 10_000] * 20 + [["ab"]])),
    ),
    "millions of codes": (
        "batch_malformed",
        _inside(**of(275, values=[["ab"] * 10_000] * 275)),
    ),
    "a number of too many digits": (
        "batch_malformed",
        _inside(values=[msgspec.msgpack.Ext(2, b"9" * 4_001)]),
    ),
    "a number of a million digits": (
        "batch_malformed",
        _inside(values=[msgspec.msgpack.Ext(2, b"9" * 1_000_000)]),
    ),
    "an unknown extension": ("batch_malformed", _inside(values=[msgspec.msgpack.Ext(99, b"")])),
    "a number with a fraction": ("batch_malformed", _inside(values=[0.5])),
    "a value in a value": ("batch_malformed", _inside(values=[[["v"]]])),
    "a table of millions of sessions": ("batch_malformed", _inside(sessions=bytes(LARGE - 3))),
    "a table of millions of records": ("batch_malformed", _inside(records=bytes(LARGE & ~15))),
    "a column without end": ("batch_malformed", _inside(session_of=bytes(LARGE))),
    "a column of large numbers without end": (
        "batch_malformed",
        _inside(session_of=(b"\xff" * 9 + b"\x01") * (LARGE // 10)),
    ),
    "a number without end": ("batch_malformed", _inside(wall_steps=b"\xff" * LARGE)),
    "a clock beyond all clocks": (
        "batch_malformed",
        _inside(wall_steps=write_varints([to_zigzag(2**53)])),
    ),
    "a clock before all clocks": (
        "batch_malformed",
        _inside(wall_steps=write_varints([to_zigzag(-1)])),
    ),
    "a record from before the batch": ("batch_malformed", _inside(record_of=b"\x01")),
    "a base from before the batch": (
        "batch_malformed",
        _inside(base_counts=b"\x01", base_of=b"\x01"),
    ),
    "millions of bases said": (
        "batch_malformed",
        _inside(base_counts=write_varints([2**40]), base_of=bytes(16), base_ids=b""),
    ),
    "millions of bases": (
        "batch_malformed",
        _inside(
            **of(
                2,
                base_counts=write_varints([0, LARGE - 300]),
                base_of=_ones(LARGE - 300),
            )
        ),
    ),
    "millions of bases elsewhere": (
        "batch_malformed",
        _inside(
            base_counts=write_varints([LARGE // 20]),
            base_of=bytes(LARGE // 20),
            base_ids=b"".join(n.to_bytes(16, "big") for n in range(LARGE // 20)),
        ),
    ),
    "a column of kinds without end": ("batch_malformed", _inside(field_kinds=bytes(LARGE))),
    "a field outside the registry": ("batch_malformed", _inside(field_kinds=b"\x80\x80\x80\x01")),
}


_ASTRAL = "a" * (TEXT_LENGTH_MAX - 1) + "\U0001f600"
"""One character that takes four bytes makes all of them take four in memory."""

ACCEPTED: dict[str, dict[str, Any]] = {
    "as many codes as a batch may hold": of(
        20, values=[[f"{number:06x}" for number in range(10_000)]] * 20
    ),
    "as many characters as fit": of(7, values=[_ASTRAL] * 7),
    "as many changes, none of which replaces another": of(_MANY),
    "as many bases": of(
        _MANY, base_counts=bytes(4) + b"\4" * (_MANY - 4), base_of=b"\1\2\3\4" * (_MANY - 4)
    ),
    "as many records": of(
        _MANY,
        record_of=bytes(_MANY),
        records=by_byte([number.to_bytes(16, "big") for number in range(_MANY)]),
    ),
    "as many digits as fit": of(2_000, values=[msgspec.msgpack.Ext(2, b"9" * 4_000)] * 2_000),
}
"""The columns of the heaviest batches that are valid: a kilobyte or some, sealed."""


def accepted(keyring: Keyring, name: str, number: int = 1) -> bytes:
    """A valid batch that is as heavy as can be, of another run of the program by its number."""
    inside = columns(**ACCEPTED[name], sessions=number.to_bytes(8, "big"))
    return sealed_around(keyring, padded(compressed(inside)), number)


def sealed_bombs(keyring: Keyring) -> dict[bytes, tuple[str, str]]:
    """Return every bomb as a sealed batch, with its name and the reason it is set aside for."""
    return {
        sealed_around(keyring, make(), number): (name, reason)
        for number, (name, (reason, make)) in enumerate(BOMBS.items(), 1)
    }

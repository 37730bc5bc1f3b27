"""The floor: the same content in typed columns under zstd -19, nothing of it that names a record,
keeps a secret or finds its place again; and how long a line takes for it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import zstandard

from bench.sync.links import HEADER_BYTES, SEGMENT_BYTES, Link
from bench.sync.work import Edit, Plain, Work

__all__ = ["Floor", "floor_of", "line_seconds"]

_LEVEL: Final = 19
_DAY_0: Final = date(1940, 1, 1)
_CODES_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class Floor:
    """Bytes: of the cases as JSON objects, of their typed columns, of the edits' columns, and of
    the edits when a longer text carries only what was added."""

    json: int
    cases: int
    edits: int
    edits_as_tails: int


def floor_of(work: Work) -> Floor:
    """Return the floor of a piece of work."""
    columns = b"".join(
        _sized(_column([case[name] for case in work.cases], kind))
        for name, kind in work.kinds.items()
    )
    documents = [{"id": name, **case} for name, case in zip(work.ids, work.cases, strict=True)]
    plain = json.dumps(documents, ensure_ascii=False, separators=(",", ":")).encode()
    return Floor(
        len(plain),
        _packed(columns),
        _packed(_edits(work, is_tail=False)),
        _packed(_edits(work, is_tail=True)),
    )


def line_seconds(link: Link, size: int) -> float:
    """Return the least that ``size`` bytes take: every segment at the line's rate, none lost, and
    one way there and back for the answer."""
    segments = -(-size // SEGMENT_BYTES)
    return (size + segments * HEADER_BYTES) * 8 / link.bits_per_second + link.round_trip_seconds


def _packed(content: bytes) -> int:
    return len(zstandard.ZstdCompressor(_LEVEL).compress(content))


def _sized(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def _column(values: Sequence[Plain], kind: str) -> bytes:
    match kind:
        case "date":
            return _two_planes([_day(str(value)) for value in values])
        case "number":
            return _two_planes([int(str(value)) for value in values])
        case "set":
            return "\n".join(",".join(_codes(value)) for value in values).encode()
        case "coded" if len(codes := sorted({str(value) for value in values})) <= _CODES_MAX:
            places = {code: place for place, code in enumerate(codes)}
            return "\n".join(codes).encode() + b"\0" + bytes(places[str(one)] for one in values)
        case _:
            return "\n".join(str(value) for value in values).encode()


def _two_planes(numbers: Sequence[int]) -> bytes:
    packed = struct.pack(f"<{len(numbers)}H", *numbers)
    return packed[::2] + packed[1::2]


def _day(text: str) -> int:
    return (date.fromisoformat(text) - _DAY_0).days if text else 0


def _codes(value: Plain) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _edits(work: Work, *, is_tail: bool) -> bytes:
    number_of: Mapping[str, int] = {name: number for number, name in enumerate(work.kinds)}
    ordered = sorted(work.edits, key=lambda one: (number_of[one.field], one.case))
    values = [json.dumps(_typed(one, is_tail=is_tail), ensure_ascii=False) for one in ordered]
    return (
        struct.pack(f"<{len(ordered)}H", *(one.case for one in ordered))
        + bytes(number_of[one.field] for one in ordered)
        + "\n".join(values).encode()
    )


def _typed(edit: Edit, *, is_tail: bool) -> Plain:
    value, old = edit.value, edit.old
    is_longer = isinstance(value, str) and isinstance(old, str) and bool(old)
    if is_tail and is_longer and str(value).startswith(str(old)):
        return str(value)[len(str(old)) :]
    return value

"""Self-checking frames, one behind the other in a file that is only ever appended to.

A frame is ``QSPL``, version (1), kind (1), length of the body (4, big-endian), the body, and the
first 16 bytes of a BLAKE2b hash over all of it before. So a reader that meets damage finds the next
whole frame behind it, and a file that was cut while it was written ends, for the reader, with the
last whole one.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

__all__ = ["BODY_MAX", "OVERHEAD_BYTES", "Frame", "Gap", "frame_at", "framed", "scan"]

BODY_MAX: Final = (1 << 20) + 1024
"""Of one body: a whole batch, and what stands beside it."""

_MAGIC: Final = b"QSPL"
_VERSION: Final = 1
_HEAD: Final = struct.Struct(">4sBBI")
_CHECK_BYTES: Final = 16
_WINDOW_BYTES: Final = 1 << 16
_LOOKED_AT_TIMES: Final = 16
"""How often, at the most, all bytes of the file may be looked at in search of the next frame: a
file made to keep us busy is left there."""

OVERHEAD_BYTES: Final = _HEAD.size + _CHECK_BYTES
"""Of a frame around its body."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame: where it begins in the file, its kind, its body."""

    at: int
    kind: int
    body: bytes

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.at + OVERHEAD_BYTES + len(self.body)


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that are no whole frame."""

    at: int
    end: int


def framed(kind: int, *parts: bytes) -> bytes:
    """Return the bytes of a frame. Raises ValueError for a body over the limit."""
    size = sum(map(len, parts))
    if size > BODY_MAX:
        raise ValueError("the body of a frame is over the limit")
    joined = b"".join((_HEAD.pack(_MAGIC, _VERSION, kind, size), *parts))
    return joined + _check(joined)


def frame_at(file: BinaryIO, at: int, size: int) -> Frame | None:
    """Return the whole frame that begins at ``at`` in a file of ``size`` bytes, or None.

    Raises OSError. Takes memory for one body at the most.
    """
    if at < 0 or at + OVERHEAD_BYTES > size:
        return None
    file.seek(at)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    magic, version, kind, length = _HEAD.unpack(head)
    if magic != _MAGIC or version != _VERSION or length > BODY_MAX:
        return None
    if at + OVERHEAD_BYTES + length > size:
        return None
    rest = file.read(length + _CHECK_BYTES)
    body, check = rest[:length], rest[length:]
    return Frame(at, kind, body) if check == _check(head + body) else None


def scan(file: BinaryIO, size: int, *, start: int = 0) -> Iterator[Frame | Gap]:
    """Yield what stands in a file from ``start`` on, in its order, nothing left out.

    Raises OSError. What cannot be read as a frame is a gap, up to the next whole frame.
    """
    at = start
    budget = _LOOKED_AT_TIMES * max(size, BODY_MAX)
    while at < size:
        frame = frame_at(file, at, size)
        if frame is None:
            begin = at
            frame, budget = _next_frame(file, at + 1, size, budget)
            yield Gap(begin, size if frame is None else frame.at)
            if frame is None:
                return
        yield frame
        at = frame.end


def _next_frame(file: BinaryIO, at: int, size: int, budget: int) -> tuple[Frame | None, int]:
    while budget > 0:
        found = _find_magic(file, at, size)
        if found is None:
            break
        file.seek(found)
        head = file.read(_HEAD.size)
        if len(head) == _HEAD.size:
            budget -= min(_HEAD.unpack(head)[3], BODY_MAX) + found - at
        frame = frame_at(file, found, size)
        if frame is not None:
            return frame, budget
        at = found + 1
    return None, budget


def _find_magic(file: BinaryIO, at: int, size: int) -> int | None:
    while at < size:
        file.seek(at)
        window = file.read(_WINDOW_BYTES)
        found = window.find(_MAGIC)
        if found >= 0:
            return at + found
        if len(window) < _WINDOW_BYTES:
            return None
        at += _WINDOW_BYTES - len(_MAGIC) + 1
    return None


def _check(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECK_BYTES, person=b"qispi-lotes-1").digest()

"""A zstd frame that asks its reader to look far back (RFC 8878, 3.1.1.1)."""

from __future__ import annotations

import zstandard

__all__ = ["with_window"]

_DESCRIPTOR = 4
_SINGLE_SEGMENT = 0x20
_SIZE_OF_TWO_BYTES = 0x40


def with_window(content: bytes, log: int, eighths: int = 0) -> bytes:
    """Return ``content`` (256 to 65,791 bytes) in one frame whose window is two to the ``log``, and
    so many (at most 7) eighths of that more."""
    frame = zstandard.ZstdCompressor(write_content_size=True).compress(content)
    descriptor = frame[_DESCRIPTOR]
    assert descriptor == _SINGLE_SEGMENT | _SIZE_OF_TWO_BYTES, "a small frame that says its size"
    window = bytes([descriptor & ~_SINGLE_SEGMENT, (log - 10) << 3 | eighths])
    return frame[:_DESCRIPTOR] + window + frame[_DESCRIPTOR + 1 :]

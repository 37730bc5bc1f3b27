"""What is sealed in a batch: a compressed content, padded so that its size says little.

Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PoPETs 2019): at most 12 %
more, and only O(log log n) bits of the size remain to be seen. Below 256 bytes all look alike.
"""

from __future__ import annotations

import bz2
import struct
from typing import Final

import zstandard

__all__ = ["CONTENT_MAX", "BombError", "PaddingError", "decompressed", "padme", "unwrap", "wrap"]

CONTENT_MAX: Final = 8 << 20
"""Decompressed bytes of one batch."""

_LEVEL: Final = 19
_BLOCK_LEVEL: Final = 9
_LARGE: Final = 32 * 1024
"""From here on sorting blocks is worth a try: it is quick, and texts of many cases shrink more."""
_SORTED: Final = b"BZh"
_SMALLEST: Final = 256
_LENGTH: Final = struct.Struct(">I")


class PaddingError(ValueError):
    """Not padded or compressed as it must be."""


class BombError(ValueError):
    """It says that it grows over the limit."""


def padme(size: int) -> int:
    """Return the padded size of a content of ``size`` bytes."""
    if size <= _SMALLEST:
        return _SMALLEST
    exponent = size.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return size + mask & ~mask


def wrap(content: bytes, *, may_sort: bool = False) -> bytes:
    """Return ``content`` compressed, with its length, padded.

    By zstd (level 19, no dictionary); with ``may_sort`` a large one by bzip2 where that is smaller:
    for readers of format 2 (ADR 0016).
    """
    compressed = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(content)
    if may_sort and len(content) >= _LARGE:
        compressed = min(compressed, bz2.compress(content, _BLOCK_LEVEL), key=len)
    size = _LENGTH.size + len(compressed)
    return _LENGTH.pack(len(compressed)) + compressed + bytes(padme(size) - size)


def unwrap(padded: bytes) -> bytes:
    """Return the content. Raises PaddingError, or BombError before memory is taken for it."""
    if len(padded) < _LENGTH.size:
        raise PaddingError
    (size,) = _LENGTH.unpack_from(padded)
    end = _LENGTH.size + size
    if len(padded) != padme(end) or padded[end:].strip(b"\0"):
        raise PaddingError
    compressed = padded[_LENGTH.size : end]
    if compressed.startswith(_SORTED):
        return _unsorted(compressed)
    return decompressed(compressed, CONTENT_MAX)


def decompressed(compressed: bytes, most: int) -> bytes:
    """Return the content of the one zstd frame that these bytes are, which says its size.

    Raises BombError when it says more than ``most`` bytes, before memory is taken for them;
    PaddingError for all else that is wrong, and for a window larger than twice ``most``.
    """
    try:
        frame = zstandard.get_frame_parameters(compressed)
        announced = frame.content_size
        if announced == zstandard.CONTENTSIZE_UNKNOWN:
            raise PaddingError
        if announced > most:
            raise BombError
        # Looked at here: zstd itself lets any window pass in a frame that says its size.
        if frame.window_size > 2 * most:
            raise PaddingError
        content = zstandard.ZstdDecompressor().decompress(compressed, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError):
        raise PaddingError from None
    if len(content) != announced:
        raise PaddingError
    return content


def _unsorted(compressed: bytes) -> bytes:
    reader = bz2.BZ2Decompressor()
    try:
        content = reader.decompress(compressed, CONTENT_MAX + 1)
    except (OSError, ValueError, MemoryError):
        raise PaddingError from None
    if len(content) > CONTENT_MAX:
        raise BombError
    if not reader.eof or reader.unused_data:
        raise PaddingError
    return content

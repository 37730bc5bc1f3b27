"""What is sealed in a batch: a compressed content, padded so that its size says little.

Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PoPETs 2019): at most 12 %
more, and only O(log log n) bits of the size remain to be seen. Below 256 bytes all look alike.
"""

from __future__ import annotations

import struct
from typing import Final

import zstandard

__all__ = ["CONTENT_MAX", "BombError", "PaddingError", "padme", "unwrap", "wrap"]

CONTENT_MAX: Final = 8 << 20
"""Decompressed bytes of one batch."""

_LEVEL: Final = 19
_SMALLEST: Final = 256
_LENGTH: Final = struct.Struct(">I")


class PaddingError(ValueError):
    """Not what :func:`wrap` makes."""


class BombError(ValueError):
    """It says that it grows over the limit."""


def padme(size: int) -> int:
    """Return the padded size of a content of ``size`` bytes."""
    if size <= _SMALLEST:
        return _SMALLEST
    exponent = size.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return size + mask & ~mask


def wrap(content: bytes) -> bytes:
    """Return ``content`` compressed (zstd, level 19, no dictionary), with its length, padded."""
    compressed = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(content)
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
    try:
        announced = zstandard.get_frame_parameters(compressed).content_size
        if announced == zstandard.CONTENTSIZE_UNKNOWN:
            raise PaddingError
        if announced > CONTENT_MAX:
            raise BombError
        reader = zstandard.ZstdDecompressor(max_window_size=2 * CONTENT_MAX)
        content = reader.decompress(compressed, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError):
        raise PaddingError from None
    if len(content) != announced:
        raise PaddingError
    return content

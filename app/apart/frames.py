"""How request and answer travel between the program and a worker: four letters, a length, a body.

The length is what the other side claims. Nothing is reserved for it: memory grows with what came.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

__all__ = ["HEAD_BYTES", "FrameError", "frame", "read_frame"]

_MAGIC: Final = b"QAP1"
_HEAD: Final = struct.Struct(">4sI")
HEAD_BYTES: Final = _HEAD.size
_PIECE_BYTES: Final = 64 * 1024


class FrameError(Exception):
    """What came is no frame, or one that is longer than allowed (``is_too_long``)."""

    def __init__(self, *, is_too_long: bool = False) -> None:
        super().__init__("too long" if is_too_long else "no frame")
        self.is_too_long = is_too_long


def frame(body: bytes) -> bytes:
    """Return a body with its head."""
    return _HEAD.pack(_MAGIC, len(body)) + body


def read_frame(read: Callable[[int], bytes], limit: int) -> bytearray:
    """Return the body of one frame of at most ``limit`` bytes.

    ``read`` gives at most as many bytes as it is asked for, and none at the end. Raises FrameError
    as soon as it is clear; what stands behind the frame is not read.
    """
    magic, length = _HEAD.unpack(_exactly(read, HEAD_BYTES))
    if magic != _MAGIC:
        raise FrameError
    if length > limit:
        raise FrameError(is_too_long=True)
    return _exactly(read, length)


def _exactly(read: Callable[[int], bytes], size: int) -> bytearray:
    found = bytearray()
    while len(found) < size:
        piece = read(min(size - len(found), _PIECE_BYTES))
        if not piece:
            raise FrameError
        found += piece
    return found

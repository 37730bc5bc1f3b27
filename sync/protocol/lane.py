"""The messages of the own lane: attachments and snapshots, in pieces, behind everything else.

Version 3 of the messages. The token stands in front of every body, as in the compact exchange. A
piece up is ``name (32) · from (8) · bytes``; a piece down is the bytes alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

import msgspec

from sync.protocol import limits
from sync.protocol.blob import BLOB_HEAD_BYTES, BLOB_ID_BYTES, SNAPSHOT_BODY_MAX
from sync.protocol.compact import TOKEN_BYTES
from sync.protocol.errors import CodecError
from sync.protocol.messages import Hash32, Id16, Message, Position

__all__ = [
    "BLOB_ASKED_MAX",
    "BLOB_SIZE_MAX",
    "LANE_VERSION",
    "PIECE_MAX",
    "BlobGet",
    "BlobHave",
    "BlobHaveReply",
    "BlobPutReply",
    "BlobState",
    "PutReader",
    "SnapshotReply",
    "SnapshotState",
    "encode_put",
]

LANE_VERSION: Final = 3
"""The first version of messages that knows the lane."""

PIECE_MAX: Final = 256 << 10
"""Bytes of a blob in one request, up or down."""

BLOB_SIZE_MAX: Final = BLOB_HEAD_BYTES + SNAPSHOT_BODY_MAX
BLOB_ASKED_MAX: Final = 512
"""Blobs asked about at once (a number)."""

_STATES_MAX: Final = 4 * BLOB_ASKED_MAX
_FRONT: Final = struct.Struct(f">{TOKEN_BYTES}s{BLOB_ID_BYTES}sQ")

Size = Annotated[int, msgspec.Meta(ge=0, le=BLOB_SIZE_MAX)]


class BlobHave(Message, frozen=True, array_like=True):
    """A question: what of these blobs is there? ``asked`` are names, or labels of attachments (32
    bytes each, joined)."""

    MAX_BYTES: ClassVar[int] = 32 * BLOB_ASKED_MAX + 64
    asked: Annotated[bytes, msgspec.Meta(max_length=32 * BLOB_ASKED_MAX)] = b""


class BlobState(Message, frozen=True, array_like=True):
    """A blob that the server has, whole or in part: which of the things asked about it is (from 0),
    its name, its whole size, and how many bytes of it are held. One that is whole was verified."""

    which: Annotated[int, msgspec.Meta(ge=0, lt=BLOB_ASKED_MAX)]
    name: Hash32
    size: Size
    held: Size

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there."""
        return self.held == self.size


class BlobHaveReply(Message, frozen=True, array_like=True):
    """What is there. Of one label there may be several, of which at most four are named; of what is
    not named nothing is there."""

    MAX_BYTES: ClassVar[int] = 64 * _STATES_MAX
    states: Annotated[tuple[BlobState, ...], msgspec.Meta(max_length=_STATES_MAX)] = ()


class BlobPutReply(Message, frozen=True, array_like=True):
    """How many bytes of the blob are held now; all of them when it is whole and verified."""

    held: Size


class BlobGet(Message, frozen=True, array_like=True):
    """A piece of a whole blob is wanted: from this byte on, and no more than so many."""

    name: Hash32
    start: Size = 0
    most: Annotated[int, msgspec.Meta(ge=1, le=PIECE_MAX)] = PIECE_MAX


class SnapshotState(Message, frozen=True, array_like=True):
    """A whole snapshot: its name and size, up to which position it holds what the log says, and how
    many bytes the log has up to there."""

    name: Hash32
    size: Size
    position: Position
    log_bytes: Position


class SnapshotReply(Message, frozen=True, array_like=True):
    """The log, and the snapshots of it, the newest first."""

    log_id: Id16
    snapshots: Annotated[tuple[SnapshotState, ...], msgspec.Meta(max_length=limits.SNAPSHOTS_MAX)]
    top: Position = 0


def encode_put(token: bytes, name: bytes, start: int, content: bytes) -> bytes:
    """Return the body that brings a piece of a blob. Raises CodecError ``message_over_limit``."""
    if len(content) > PIECE_MAX or start > BLOB_SIZE_MAX:
        raise CodecError("message_over_limit")
    return _FRONT.pack(token, name, start) + content


@dataclass(slots=True)
class PutReader:
    """Reads a piece on the server as it arrives, cut anywhere. Not shared between threads.

    ``token``, ``name`` and ``start`` are there once the front came; ``waiting`` is what came of
    the piece and was not taken.
    """

    token: bytes | None = None
    name: bytes = b""
    start: int = 0
    waiting: bytearray = field(default_factory=bytearray)
    _came: int = 0

    def feed(self, data: bytes) -> None:
        """Take bytes. Raises CodecError ``message_over_limit``."""
        self._came += len(data)
        if self._came > _FRONT.size + PIECE_MAX:
            raise CodecError("message_over_limit")
        self.waiting += data
        if self.token is None and len(self.waiting) >= _FRONT.size:
            self.token, self.name, self.start = _FRONT.unpack_from(self.waiting)
            del self.waiting[: _FRONT.size]
            if self.start > BLOB_SIZE_MAX:
                raise CodecError("message_over_limit")

    def take(self) -> tuple[int, bytes]:
        """Return what came and was not taken, and at which byte of the blob it starts."""
        start, content = self.start, bytes(self.waiting)
        self.start += len(content)
        self.waiting.clear()
        return start, content

    def close(self) -> None:
        """Raise CodecError ``message_truncated`` when not even the front came."""
        if self.token is None:
            raise CodecError("message_truncated")

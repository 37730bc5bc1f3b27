"""What the own lane may ask of the other side: what is there, a piece up, a piece down.

Each says where it goes, how it is written behind a token, and how its answer is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from sync.protocol import codec, paths
from sync.protocol.compact import encode_short
from sync.protocol.lane import (
    PIECE_MAX,
    BlobGet,
    BlobHave,
    BlobHaveReply,
    BlobPutReply,
    SnapshotReply,
    encode_put,
)

__all__ = ["LANE_UNKNOWN", "BlobDown", "BlobUp", "BlobsThere", "LaneAsk", "SnapshotsThere"]

LANE_UNKNOWN: Final = "lane_unknown"
"""The other side speaks an older version: it has no lane, and nothing is wrong with that."""


@dataclass(frozen=True, slots=True)
class BlobsThere:
    """What of these blobs (names, or labels) is there? The answer is a :class:`BlobHaveReply`."""

    path: ClassVar[str] = paths.BLOB_HAVE
    most: ClassVar[int] = BlobHaveReply.MAX_BYTES
    may_be_cut: ClassVar[bool] = False
    asked: tuple[bytes, ...]

    def body(self, token: bytes) -> bytes:
        """Return the request."""
        return token + encode_short(BlobHave(b"".join(self.asked)))

    def read(self, content: bytes) -> BlobHaveReply:
        """Return the answer. Raises CodecError."""
        return codec.decode(BlobHaveReply, content)


@dataclass(frozen=True, slots=True)
class BlobUp:
    """Take this piece of a blob. The answer is a :class:`BlobPutReply`."""

    path: ClassVar[str] = paths.BLOB_PUT
    most: ClassVar[int] = BlobPutReply.MAX_BYTES
    may_be_cut: ClassVar[bool] = False
    name: bytes
    start: int
    content: bytes

    def body(self, token: bytes) -> bytes:
        """Return the request."""
        return encode_put(token, self.name, self.start, self.content)

    def read(self, content: bytes) -> BlobPutReply:
        """Return the answer. Raises CodecError."""
        return codec.decode(BlobPutReply, content)


@dataclass(frozen=True, slots=True)
class BlobDown:
    """Give a piece of a whole blob. The answer is its bytes, or the front of them when the link
    broke on the way."""

    path: ClassVar[str] = paths.BLOB_GET
    most: ClassVar[int] = PIECE_MAX
    may_be_cut: ClassVar[bool] = True
    name: bytes
    start: int
    wanted: int

    def body(self, token: bytes) -> bytes:
        """Return the request."""
        return token + encode_short(BlobGet(self.name, self.start, self.wanted))

    def read(self, content: bytes) -> bytes:
        """Return the answer."""
        return content


@dataclass(frozen=True, slots=True)
class SnapshotsThere:
    """Which snapshots are there? The answer is a :class:`SnapshotReply`."""

    path: ClassVar[str] = paths.SNAPSHOT
    most: ClassVar[int] = SnapshotReply.MAX_BYTES
    may_be_cut: ClassVar[bool] = False

    def body(self, token: bytes) -> bytes:
        """Return the request."""
        return token

    def read(self, content: bytes) -> SnapshotReply:
        """Return the answer. Raises CodecError."""
        return codec.decode(SnapshotReply, content)


LaneAsk = BlobsThere | BlobUp | BlobDown | SnapshotsThere

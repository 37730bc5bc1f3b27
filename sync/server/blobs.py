"""What the lane's services keep, as a Protocol: blobs in pieces, as they came."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

__all__ = ["OF_LABEL_MAX", "BlobRow", "BlobStore", "Fit", "NewBlob", "Room"]

OF_LABEL_MAX: Final = 4
"""Blobs of one label: so many are told of, and so many of one device are kept, whole or not."""


@dataclass(frozen=True, slots=True)
class NewBlob:
    """A blob whose signed head was verified; ``size`` is the whole one's, in bytes."""

    name: bytes
    kind: int
    label: bytes
    log_id: bytes
    position: int
    chain: bytes
    size: int
    body_hash: bytes
    device: bytes
    """Who signed it."""


@dataclass(frozen=True, slots=True)
class BlobRow:
    """A blob that is kept, whole or in part: ``held`` bytes from its beginning. ``is_whole``: all
    of it is there and its body was verified. ``begun`` tells one beginning of it from another:
    within one, bytes are only added."""

    name: bytes
    kind: int
    label: bytes
    log_id: bytes
    position: int
    chain: bytes
    size: int
    body_hash: bytes
    device: bytes
    begun: int
    held: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Room:
    """What a centre has room for: bytes of all whole blobs without a place in a log, and of those
    that one device signed, each counted as 4 KiB more; bytes of all that are not whole, each
    counted with its whole size, and how many they may be."""

    whole: int
    of_device: int
    unfinished: int
    most: int


class Fit(enum.Enum):
    """Whether a blob has room."""

    FITS = enum.auto()
    NO_ROOM = enum.auto()
    TOO_MANY = enum.auto()
    """Its device has :data:`OF_LABEL_MAX` whole ones of its label."""
    GONE = enum.auto()
    """It is not there any more."""


class BlobStore(Protocol):
    """The blobs of a region's centres. Any thread; each call is one transaction."""

    def blob(self, centre: bytes, name: bytes) -> BlobRow | None:
        """Return what is kept of a blob, or None."""

    def find(self, centre: bytes, asked: Sequence[bytes]) -> Mapping[bytes, Sequence[BlobRow]]:
        """Return the blobs of these names or labels, those that are whole first.

        Of one label at most :data:`OF_LABEL_MAX`, and as many devices among them as there are: no
        device hides what another brought. The label of zeros names nothing.
        """

    def begin(self, centre: bytes, blob: NewBlob, room: Room) -> Fit:
        """Begin to keep a blob, unless it is kept already, if there is room for it when it is
        whole.

        Of those that are not whole, others make room: of the device that has most of them, the new
        one counted, its snapshots first, and then those that grew longest ago. So whoever brings
        much pushes out nobody else's. Of one label a device has at most :data:`OF_LABEL_MAX` that
        are not whole: those that grew longest ago go first.
        """

    def append(self, centre: bytes, name: bytes, start: int, content: bytes) -> int | None:
        """Keep bytes that continue what is held, and return how many are held now; what is held
        already changes nothing. None across a gap, or when nothing of the blob is kept."""

    def read(self, centre: bytes, name: bytes, start: int, most: int) -> bytes:
        """Return what is held from this byte on, at most so many bytes."""

    def pieces(self, centre: bytes, name: bytes) -> Iterator[bytes]:
        """Yield what is held, piece by piece: never much memory."""

    def finish(self, centre: bytes, row: BlobRow, room: Room) -> Fit:
        """Note that the whole of a blob was verified; ``GONE`` when it is not there any more as it
        was read (it made room, perhaps came again), or when it was noted already. When there is no
        room for it any more it is forgotten."""

    def drop(self, centre: bytes, row: BlobRow) -> bool:
        """Forget a blob; return False when it is not there any more, or is another beginning."""

    def snapshots(self, centre: bytes) -> Sequence[BlobRow]:
        """Return the whole snapshots, the one with the highest position first."""

    def log_bytes(self, centre: bytes, position: int) -> int:
        """Return the size of the batches of a centre's log up to a position."""

"""What ``lotes.bin`` holds, found by reading it once; the file is described in :mod:`db.archive`.

Writes nothing. Storage thread.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.crypto.derive import derive_bytes
from app.crypto.recipient import SealError
from app.crypto.sealing import SALT_BYTES, open_sealed
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import EnvironmentFault
from app.services.batch_ports import Cursor
from app.services.rebuild import LogPlace
from db.frames import Frame, Gap, frame_at, scan

__all__ = [
    "BATCH",
    "CURSOR",
    "CURSOR_BODY",
    "KIND",
    "LOG_BYTES",
    "MARK",
    "NO_CHAIN",
    "PLACE",
    "SEEN",
    "SHUT",
    "SHUT_BODY",
    "ArchiveContents",
    "archive_key",
    "opened_frame",
    "read_archive",
]

BATCH, SEEN, CURSOR, MARK, SHUT = 1, 2, 3, 4, 5
PLACE: Final = struct.Struct(">32sQ32sB")
CURSOR_BODY: Final = struct.Struct(">16sQ32s")
SHUT_BODY: Final = struct.Struct(">32sB")
KIND: Final = "batch-archive"
LOG_BYTES: Final = 16
NO_CHAIN: Final = bytes(32)


@dataclass(slots=True)
class ArchiveContents:
    """What a file of batches holds, found by reading it once."""

    path: Path
    key: SecretKey
    batches: dict[bytes, int] = field(default_factory=dict)
    """Where the frame of each begins, in the order in which they came."""
    places: dict[bytes, dict[int, LogPlace]] = field(default_factory=dict)
    """By log id and position; the last word counts."""
    shut: set[bytes] = field(default_factory=set)
    """Those set aside since, as what a laptop that was taken out may have written behind that."""
    cursor: Cursor | None = None
    damaged: int = 0
    """Stretches in the middle of the file that are no whole frame."""
    end: int = 0
    """Behind the last whole frame."""
    size: int = 0

    def content(self, batch_id: bytes) -> bytes:
        """Return the bytes of a batch; they were whole when the file was read. Raises OSError,
        EnvironmentFault ``file_damaged``."""
        with self.path.open("rb") as file:
            frame = frame_at(file, self.batches[batch_id], self.size)
        body = None if frame is None else opened_frame(self.key, frame)
        if body is None:
            raise EnvironmentFault("file_damaged")
        return body

    def verified(self) -> Mapping[int, LogPlace]:
        """Return the places of the log in which the cursor stands, up to it."""
        if self.cursor is None:
            return {}
        found = self.places.get(self.cursor.log_id, {})
        return {at: found[at] for at in sorted(found) if at <= self.cursor.position}


def archive_key(key: SecretKey) -> SecretKey:
    """Return the key of the file, from the key of the database."""
    return SecretKey(derive_bytes(key, KIND, KEY_BYTES))


def read_archive(path: Path, key: SecretKey) -> ArchiveContents:
    """Return what a file holds under its key; nothing when there is none. Raises OSError.

    Writes nothing. A whole frame that another key closed counts as damaged.
    """
    contents = ArchiveContents(path, key)
    if not path.exists():
        return contents
    with path.open("rb") as file:
        contents.size = os.fstat(file.fileno()).st_size
        last: Gap | None = None
        for one in scan(file, contents.size):
            if isinstance(one, Gap):
                last = one
                continue
            contents.damaged += last is not None
            last = None
            contents.end = one.end
            _take(contents, one)
    return contents


def _take(contents: ArchiveContents, frame: Frame) -> None:
    body = opened_frame(contents.key, frame)
    if body is None:
        contents.damaged += 1
    elif frame.kind == BATCH:
        contents.batches.setdefault(hashlib.blake2b(body, digest_size=32).digest(), frame.at)
    elif frame.kind == SEEN and len(body) % PLACE.size == LOG_BYTES:
        held = contents.places.setdefault(body[:LOG_BYTES], {})
        for name, position, chain, is_kept in PLACE.iter_unpack(body[LOG_BYTES:]):
            held[position] = LogPlace(name, None if chain == NO_CHAIN else chain, bool(is_kept))
    elif frame.kind == SHUT and len(body) == SHUT_BODY.size:
        name, is_shut = SHUT_BODY.unpack(body)
        (contents.shut.add if is_shut else contents.shut.discard)(name)
    elif frame.kind == CURSOR and len(body) == CURSOR_BODY.size:
        contents.cursor = Cursor(*CURSOR_BODY.unpack(body))


def opened_frame(key: SecretKey, frame: Frame) -> bytes | None:
    """Return the body of a frame, or None when another key closed it, or nobody did."""
    salt, sealed = frame.body[:SALT_BYTES], frame.body[SALT_BYTES:]
    if len(salt) < SALT_BYTES:
        return None
    try:
        return open_sealed(key, KIND, sealed, salt=salt, bound=bytes([frame.kind]))
    except SealError:
        return None

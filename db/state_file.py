"""``estado.bin``: where the audit of a laptop ended, and whether it was closed.

SQLite opens a database whose write-ahead log was deleted after a kill or a power cut, and one that
was put back to an older state, without a word: what was called saved is gone, and nothing in the
file says so. This small file does. It holds a number and a hash, under an HMAC by the key of the
database; without it, or with one of another key, nothing is known and nothing is held up.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.atomic_file import write_atomically
from app.crypto.derive import derive_bytes
from app.crypto.secret import KEY_BYTES, SecretKey
from db.laptop_files import STATE_NAME

__all__ = ["State", "StateFile", "lost_since"]

_LOG: Final = logging.getLogger("qispi.state")
_MAGIC: Final = b"QSPS"
_VERSION: Final = 1
_KIND: Final = "state-file"
_FORMAT: Final = ">4sBBQ32s"
_CONTENT_BYTES: Final = struct.calcsize(_FORMAT)
_MAC_BYTES: Final = 32

LOG_GONE: Final = "log_gone"
RECORDS_GONE: Final = "records_gone"


@dataclass(frozen=True, slots=True)
class State:
    """Number and hash of the last entry of the audit, and whether a program had it open."""

    is_open: bool
    number: int
    head: bytes


class StateFile:
    """The file of one laptop. Storage thread."""

    def __init__(self, folder: Path, key: SecretKey) -> None:
        self._path = folder / STATE_NAME
        self._key = derive_bytes(key, _KIND, KEY_BYTES)

    def read(self) -> State | None:
        """Return what it says; None where it is missing, cut, altered, newer or of another key."""
        try:
            with self._path.open("rb") as file:
                content = file.read(_CONTENT_BYTES + _MAC_BYTES + 1)
        except OSError:
            return None
        front, mac = content[:_CONTENT_BYTES], content[_CONTENT_BYTES:]
        if not hmac.compare_digest(mac, hmac.digest(self._key, front, "sha256")):
            return None
        magic, version, is_open, number, head = struct.unpack(_FORMAT, front)
        if magic != _MAGIC or version != _VERSION:
            return None
        return State(bool(is_open), number, head)

    def write(self, state: State) -> None:
        """Write it. What the disk refuses is not written: work goes on, and less is known."""
        front = struct.pack(_FORMAT, _MAGIC, _VERSION, state.is_open, state.number, state.head)
        content = front + hmac.digest(self._key, front, "sha256")
        try:
            write_atomically(self._path, content)
        except OSError as error:
            _LOG.warning("state_not_written %s", error.errno)
            # One that says less than what is true would accuse somebody.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def lost_since(said: State | None, *, had_log: bool, number: int, head_then: bytes | None) -> str:
    """Return what was lost since the state was written, empty for nothing.

    ``had_log``: whether the write-ahead log lay there before the database was opened; ``number``:
    of its last entry now; ``head_then``: the hash of the entry that was the last one then, None
    where there is none. ``log_gone``: it was not closed and the log is gone. ``records_gone``: the
    database ends earlier, or otherwise.
    """
    if said is None:
        return ""
    if number < said.number or (said.number > 0 and head_then != said.head):
        return RECORDS_GONE
    return LOG_GONE if said.is_open and not had_log else ""

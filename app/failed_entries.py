"""How many times somebody tried words at the lock screen that opened nothing, until the next who
enters is told and it is noted in the audit.

A small file in clear beside the database, for nothing can be written where nothing opened: a number
and a time, nothing of what was typed. Whoever can write in the folder can take it away; it tells an
honest owner of a curious neighbour, and holds nobody off.
"""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.atomic_file import write_atomically

__all__ = ["NAME", "FailedEntries", "failed_entries", "forget_failed", "note_failed"]

NAME: Final = "intentos.bin"

_NOTE: Final = struct.Struct(">4sBIQ")
"""``QSPI``, version, how many, when the last was (ms)."""
_MAGIC: Final = b"QSPI"
_VERSION: Final = 1
_COUNT_MAX: Final = 2**32 - 1
_MS_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FailedEntries:
    """How many there were, and when the last was, by this machine's clock."""

    count: int = 0
    last_ms: int = 0


def failed_entries(folder: Path) -> FailedEntries:
    """Return what is noted; nothing where there is no readable note."""
    try:
        with (folder / NAME).open("rb") as file:
            content = file.read(_NOTE.size + 1)
    except OSError:
        return FailedEntries()
    if len(content) != _NOTE.size:
        return FailedEntries()
    magic, version, count, last_ms = _NOTE.unpack(content)
    is_ours = (magic, version) == (_MAGIC, _VERSION) and last_ms <= _MS_MAX
    return FailedEntries(count, last_ms) if is_ours else FailedEntries()


def note_failed(folder: Path, at_ms: int) -> None:
    """Note one more. A disk that refuses keeps nobody from trying again."""
    count = min(failed_entries(folder).count + 1, _COUNT_MAX)
    with contextlib.suppress(OSError):
        write_atomically(folder / NAME, _NOTE.pack(_MAGIC, _VERSION, count, max(0, at_ms)))


def forget_failed(folder: Path) -> None:
    """They were noted in the audit."""
    with contextlib.suppress(OSError):
        (folder / NAME).unlink(missing_ok=True)

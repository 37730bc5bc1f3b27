"""Writing a file that a person asked for, piece by piece: whole under its name, or not there.

It never takes the place of a file that is there. It is closed by a seal as it is written, so that
nothing of it lies on the disk in clear; without one it is for the account of whoever asked, and
nobody else, from its first byte.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from app.atomic_file import sync_folder
from app.domain.errors import DomainError, EnvironmentFault
from app.file_beside import NO_ROOM, begun_beside, place_beside

__all__ = [
    "NewFile",
    "Seal",
    "Sealed",
    "WordSeal",
    "Write",
    "how_closed",
    "new_file",
    "refuse_existing",
]

Write = Callable[[bytes], object]


class Sealed(Protocol):
    """A sealed file being written."""

    def write(self, content: bytes) -> None:
        """Write a piece."""

    def finish(self) -> None:
        """Write the end, without which nobody opens it."""


class Seal(Protocol):
    """How a file is closed before it leaves."""

    @property
    def kind(self) -> str:
        """``words`` or ``key``, for the audit."""

    def begin(self, write: Write) -> Sealed:
        """Begin a file that goes where ``write`` puts it."""


class WordSeal(Seal, Protocol):
    """A seal that words open."""

    @property
    def words(self) -> str:
        """To be told to whoever gets the file, and kept nowhere."""


def how_closed(seal: Seal | None) -> str:
    """Return what the audit says of how a file left."""
    return "clear" if seal is None else seal.kind


class NewFile:
    """A file being written, and the SHA-256 of what was written, as it is before it is sealed."""

    def __init__(self, file: BinaryIO, seal: Seal | None = None) -> None:
        self._sealed = seal.begin(file.write) if seal is not None else None
        self._write: Write = file.write if self._sealed is None else self._sealed.write
        self._sha = hashlib.sha256()

    def write(self, content: bytes) -> None:
        """Write. Raises OSError."""
        self._write(content)
        self._sha.update(content)

    def finish(self) -> None:
        """Write the end of what is sealed. Raises OSError."""
        if self._sealed is not None:
            self._sealed.finish()

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what was written so far."""
        return self._sha.digest()


def refuse_existing(target: Path) -> None:
    """Raise DomainError ``file_exists`` when there is something of that name already."""
    if os.path.lexists(target):
        raise DomainError("file_exists")


@contextmanager
def new_file(target: Path, seal: Seal | None = None) -> Iterator[NewFile]:
    """Give a file to write, closed by ``seal`` or, without, in clear; it takes its name when the
    block ends, and leaves no trace when the block raises.

    Raises DomainError ``file_exists``; EnvironmentFault ``exchange_disk_full`` or
    ``exchange_not_written``.
    """
    refuse_existing(target)
    beside = place_beside(target)
    try:
        with begun_beside(beside) as file:
            written = NewFile(file, seal)
            yield written
            written.finish()
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(target)  # somebody else may have been quicker
        beside.rename(target)
        # Some sticks cannot sync a folder; the file itself is on them.
        with contextlib.suppress(OSError):
            sync_folder(target.parent)
    except OSError as error:
        raise EnvironmentFault(
            "exchange_disk_full" if error.errno in NO_ROOM else "exchange_not_written"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)

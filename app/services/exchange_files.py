"""Writing a file that a person asked for, piece by piece: whole under its name, or not there.

It never takes the place of a file that is there. What leaves in it is in clear, so it is for the
account of whoever asked, and nobody else, from its first byte.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from app.atomic_file import sync_folder
from app.domain.errors import DomainError, EnvironmentFault

__all__ = ["NewFile", "new_file", "refuse_existing"]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BESIDE: Final = ".{name}.{process}.parte"


class NewFile:
    """A file being written, and the SHA-256 of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha = hashlib.sha256()

    def write(self, content: bytes) -> None:
        """Write. Raises OSError."""
        self._file.write(content)
        self._sha.update(content)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what was written so far."""
        return self._sha.digest()


def refuse_existing(target: Path) -> None:
    """Raise DomainError ``file_exists`` when there is something of that name already."""
    if os.path.lexists(target):
        raise DomainError("file_exists")


@contextmanager
def new_file(target: Path) -> Iterator[NewFile]:
    """Give a file to write; it takes its name when the block ends, and leaves no trace when the
    block raises.

    Raises DomainError ``file_exists``; EnvironmentFault ``exchange_disk_full`` or
    ``exchange_not_written``.
    """
    refuse_existing(target)
    beside = target.with_name(_BESIDE.format(name=target.name, process=os.getpid()))
    try:
        beside.unlink(missing_ok=True)
        with open(beside, "xb", opener=_private) as file:
            yield NewFile(file)
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(target)  # somebody else may have been quicker
        beside.rename(target)
        # Some sticks cannot sync a folder; the file itself is on them.
        with contextlib.suppress(OSError):
            sync_folder(target.parent)
    except OSError as error:
        raise EnvironmentFault(
            "exchange_disk_full" if error.errno in _FULL else "exchange_not_written"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

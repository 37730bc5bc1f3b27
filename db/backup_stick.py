"""The stick that backups lie on: how it is read and written, and what its faults mean to people.

A stick is anything a person chose: pulled out at any moment, slow, locked, full, or holding what
somebody else put there. So nothing is read without a bound, no link is followed, and what the
system answers becomes a sentence about the stick, never about the laptop's own disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from app.domain.errors import DomainError, EnvironmentFault

__all__ = [
    "BLOCK_BYTES",
    "damaged_unless_gone",
    "names_in",
    "on_stick",
    "read_whole",
    "reading",
    "sync_names",
    "writing",
]

BLOCK_BYTES: Final = 1 << 20

_FAULTS: Final[Mapping[int, str]] = {
    errno.ENOSPC: "backup_stick_full",
    errno.EDQUOT: "backup_stick_full",
    errno.EFBIG: "backup_stick_full",
    errno.EROFS: "backup_stick_read_only",
    errno.EACCES: "backup_stick_read_only",
    errno.EPERM: "backup_stick_read_only",
}
_CANNOT_SYNC: Final = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.EACCES, errno.EBADF})
"""What file systems without a way to synchronise a folder answer; the file itself is written."""

_BINARY: Final = getattr(os, "O_BINARY", 0)
_FOLLOWS_NOT: Final = getattr(os, "O_NOFOLLOW", 0)
_WAITS_NOT: Final = getattr(os, "O_NONBLOCK", 0)
"""A pipe in the place of a file must not be waited for."""
_OWNER_ONLY: Final = 0o600
_NAMES_MAX: Final = 10_000


@contextlib.contextmanager
def on_stick() -> Iterator[None]:
    """Turn what the file system says of a stick into what people can act on; one that was pulled
    out answers anything, with any error: ``backup_stick_gone``."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(_FAULTS.get(error.errno or 0, "backup_stick_gone")) from None


@contextlib.contextmanager
def damaged_unless_gone(place: Path, name: str) -> Iterator[None]:
    """Take a file for damaged that does not let itself be read while the folder ``place`` still
    does: a dying stick answers so of a few sectors, and a link that somebody laid there. Raises
    DomainError ``backup_damaged`` (``file``); OSError where the stick is gone."""
    try:
        yield
    except OSError:
        names_in(place)  # one that is gone says so
        raise DomainError("backup_damaged", file=name) from None


def names_in(folder: Path) -> dict[str, bool | None]:
    """Return the names in a folder, and of each whether it is a folder itself (a link is none), or
    None where the stick does not say: one broken entry hides no other. Of a stick with very many
    files the first. Raises OSError."""
    found: dict[str, bool | None] = {}
    with os.scandir(folder) as entries:
        for one in entries:
            found[one.name] = None
            with contextlib.suppress(OSError):
                found[one.name] = one.is_dir(follow_symlinks=False)
            if len(found) >= _NAMES_MAX:
                break
    return found


@contextlib.contextmanager
def reading(path: Path) -> Iterator[int]:
    """Give the descriptor of a file to read, from the medium and not from memory where the system
    can. Raises OSError, also where something else than a file lies there."""
    handle = os.open(path, os.O_RDONLY | _BINARY | _FOLLOWS_NOT | _WAITS_NOT)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        yield handle
    finally:
        os.close(handle)


def read_whole(path: Path, most: int) -> bytes:
    """Return what a file holds, and one byte more than ``most`` of one that is larger. Raises
    OSError."""
    parts, left = [], most + 1
    with reading(path) as handle:
        while left and (part := os.read(handle, min(left, BLOCK_BYTES))):
            parts.append(part)
            left -= len(part)
    return b"".join(parts)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[_Writer]:
    """Give what writes a new file, which is on the medium when the block ends. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
    handle = os.open(path, flags, _OWNER_ONLY)
    try:
        yield _Writer(handle)
        os.fsync(handle)
    finally:
        os.close(handle)


class _Writer:
    """Writes all of what it is given, however little the system takes at once."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def __call__(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._handle, rest) :]


def sync_names(folder: Path) -> None:
    """Have the names in a folder on the medium, where the system can. Raises OSError."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(handle)

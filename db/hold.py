"""One program at a time: whoever opens a laptop's data folder holds it until it closes it or ends.

The kernel keeps the hold and lets go when the process dies, however it dies: nothing is left behind
that a next start would trip over. POSIX holds the folder itself; Windows a file in it.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.errors import EnvironmentFault
from db.errors import translated

__all__ = ["FolderHold", "held"]

if sys.platform == "win32":
    import msvcrt

    HOLD_NAME = "en-uso"
    """Empty; the byte that is locked lies behind its end, so that a copy can be made meanwhile."""

    def _open(folder: Path) -> int:
        return os.open(folder / HOLD_NAME, os.O_RDWR | os.O_CREAT | os.O_NOINHERIT)

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _open(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD_BY_ANOTHER = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


class FolderHold:
    """A folder that no other program opens meanwhile, nor this one a second time."""

    def __init__(self, folder: Path) -> None:
        """Take it. Raises EnvironmentFault: ``file_in_use`` when somebody else has it."""
        with translated():
            descriptor = _open(folder)
            try:
                _lock(descriptor)
            except OSError as error:
                os.close(descriptor)
                if error.errno in _HELD_BY_ANOTHER:
                    raise EnvironmentFault("file_in_use") from None
                raise
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go; more than once does nothing more."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def held(folder: Path) -> Iterator[FolderHold]:
    """Hold a folder from here on; let go only when the block raises."""
    hold = FolderHold(folder)
    try:
        yield hold
    except BaseException:
        hold.release()
        raise

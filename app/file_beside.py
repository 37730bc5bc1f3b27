"""A file that a person asked for, while it is written: beside its place, under a name that nobody
looks for, for her account alone. It takes its own name once it is whole and on the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ["NO_ROOM", "begun_beside", "place_beside"]

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a disk answers that has no room for it."""

_BESIDE: Final = ".{name}.{process}.parte"


def place_beside(target: Path) -> Path:
    """Return where the file of this name is written."""
    return target.with_name(_BESIDE.format(name=target.name, process=os.getpid()))


def begun_beside(beside: Path) -> BinaryIO:
    """Begin it; what was left there goes. Raises OSError."""
    beside.unlink(missing_ok=True)
    return open(beside, "xb", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

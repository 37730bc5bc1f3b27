"""Writing a finished paper where a person chose: a folder or a stick."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path
from typing import Final

from app.domain.errors import EnvironmentFault

__all__ = ["write_paper"]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_paper(target: Path, content: bytes) -> None:
    """Write a PDF under a name that a person chose. Storage thread.

    Nothing half-written stays: what could not be written whole is removed again. Raises
    EnvironmentFault ``paper_disk_full`` or ``paper_not_written``.
    """
    try:
        target.write_bytes(content)
    except OSError as error:
        with contextlib.suppress(OSError):
            target.unlink(missing_ok=True)
        reason = "paper_disk_full" if error.errno in _FULL else "paper_not_written"
        raise EnvironmentFault(reason) from error

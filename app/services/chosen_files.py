"""Reading a file that a person chose: never more of it than is allowed, and only a plain file.

What was chosen may be a device without end, a pipe that nobody writes to, or gigabytes under the
name of a request.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from app.domain.errors import DomainError, EnvironmentFault

__all__ = ["read_chosen_file"]

# Not waiting: a pipe in the place of a file must not hold the program.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_KILOBYTE: Final = 1024


def read_chosen_file(path: Path, bytes_max: int) -> bytes:
    """Return the bytes of a plain file of at most ``bytes_max``. Any thread that may wait.

    Raises DomainError ``chosen_not_plain``, ``chosen_too_large`` without having read more;
    EnvironmentFault ``chosen_unreadable``.
    """
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise DomainError("chosen_not_plain")
            content = file.read(bytes_max + 1)
    except OSError as error:
        raise EnvironmentFault("chosen_unreadable") from error
    if len(content) > bytes_max:
        raise DomainError("chosen_too_large", limit=max(1, bytes_max // _KILOBYTE))
    return content

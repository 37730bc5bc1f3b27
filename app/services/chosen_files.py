"""Reading a file that a person chose: never more of it than is allowed, and only a plain file.

What was chosen may be a device without end, a pipe that nobody writes to, or gigabytes under the
name of a request.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from app.domain.errors import DomainError, EnvironmentFault

__all__ = ["open_chosen_file", "read_chosen_file"]

# Not waiting: a pipe in the place of a file must not hold the program.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_KILOBYTE: Final = 1024


def read_chosen_file(path: Path, bytes_max: int) -> bytes:
    """Return the bytes of a plain file of at most ``bytes_max``. Any thread that may wait.

    Raises DomainError ``chosen_not_plain``, ``chosen_too_large`` without having read more;
    EnvironmentFault ``chosen_unreadable``.
    """
    with _opened(path) as file:
        try:
            content = file.read(bytes_max + 1)
        except OSError as error:
            raise EnvironmentFault("chosen_unreadable") from error
    if len(content) > bytes_max:
        raise _too_large(bytes_max)
    return content


def open_chosen_file(path: Path, bytes_max: int) -> BinaryIO:
    """Open a plain file of at most ``bytes_max``, to be read in pieces. Any thread that may wait.

    Raises as :func:`read_chosen_file` does.
    """
    file = _opened(path)
    if os.fstat(file.fileno()).st_size > bytes_max:
        file.close()
        raise _too_large(bytes_max)
    return file


def _opened(path: Path) -> BinaryIO:
    try:
        file = os.fdopen(os.open(path, _FLAGS), "rb")
    except OSError as error:
        raise EnvironmentFault("chosen_unreadable") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise DomainError("chosen_not_plain")
    return file


def _too_large(bytes_max: int) -> DomainError:
    return DomainError("chosen_too_large", limit=max(1, bytes_max // _KILOBYTE))

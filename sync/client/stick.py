"""The files on a stick: listed, read and written so that no stick does harm, whoever prepared it.

Names of files say nothing; contents are ciphertext and signed statements only. No link on a stick
is followed, and nothing but a plain file is opened. Network thread.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.errors import EnvironmentFault

__all__ = ["FOLDER_NAME", "Stick"]

FOLDER_NAME: Final = "lotes"
FILES_MAX: Final = 100_000
_PART: Final = ".part"
_NO_OTHER: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ: Final = os.O_RDONLY | _NO_OTHER | getattr(os, "O_NONBLOCK", 0)
_WRITE_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_OTHER

_NOT_WRITTEN: Final = {
    errno.ENOSPC: "stick_full",
    errno.EDQUOT: "stick_full",
    errno.EFBIG: "stick_full",
    errno.EROFS: "stick_read_only",
    errno.EACCES: "stick_read_only",
    errno.EPERM: "stick_read_only",
    errno.EEXIST: "stick_not_ours",
    errno.EISDIR: "stick_not_ours",
}


@dataclass(frozen=True, slots=True)
class Stick:
    """The folder on a stick. Every failure is an EnvironmentFault, and nothing is lost by it:
    ``stick_gone``, ``stick_full``, ``stick_read_only``, ``stick_not_ours``."""

    root: Path
    counted: Callable[[int, int], None]

    @property
    def folder(self) -> Path:
        """Where the files lie: the same for every station and centre."""
        return self.root / FOLDER_NAME

    def sizes(self, ending: str) -> Mapping[str, int]:
        """Return names and sizes of the files with this ending; links and folders are passed over.

        Writes nothing, so that a stick that cannot be written is read all the same.
        """
        found: dict[str, int] = {}
        with _faults({}):
            if not self.root.is_dir():
                raise EnvironmentFault("stick_gone")
            if not self._has_folder():
                return found
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.name.endswith(ending) and entry.is_file(follow_symlinks=False):
                        found[entry.name] = entry.stat(follow_symlinks=False).st_size
                        if len(found) >= FILES_MAX:
                            break
        return dict(sorted(found.items()))

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file's content, cut just above ``most`` bytes: more is refused anyway.

        None when this one file cannot be read (a bad block, or it went away) while the stick is
        still there: the others are wanted all the same.
        """
        try:
            with os.fdopen(os.open(self.folder / name, _READ), "rb") as file:
                is_plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                content = file.read(most + 1) if is_plain else None
        except OSError:
            content = None
        if content is None:
            with _faults({}):
                if not self._has_folder():
                    raise EnvironmentFault("stick_gone")
            return None
        self.counted(0, len(content))
        return content

    def drop(self, name: str) -> None:
        """Take a file away that can help nobody; a stick that refuses keeps it."""
        with contextlib.suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all, even when the stick is pulled."""
        part = self.folder / f"{name}{_PART}"
        with _faults(_NOT_WRITTEN):
            if not self._has_folder():
                self.folder.mkdir()
            try:
                # What lies there is taken away, never written through: it may be a link.
                part.unlink(missing_ok=True)
                with os.fdopen(os.open(part, _WRITE_NEW, 0o666), "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.folder / name)
            except OSError:
                # A full stick must not stay full of halves.
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
                raise
        self.counted(len(content), 0)

    def _has_folder(self) -> bool:
        """Return whether the folder is there. Raises OSError, and EnvironmentFault
        ``stick_not_ours`` for a link, or anything else in its place."""
        try:
            found = self.folder.lstat()
        except FileNotFoundError:
            return False
        attributes = getattr(found, "st_file_attributes", 0)
        is_link = attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT  # Windows has several kinds
        if is_link or not stat.S_ISDIR(found.st_mode):
            raise EnvironmentFault("stick_not_ours")
        return True


@contextlib.contextmanager
def _faults(reasons: Mapping[int, str]) -> Iterator[None]:
    """Turn what the file system says into what people can act on: ``stick_gone`` unless it is one
    of these. A stick that was pulled out answers anything, with any error."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(reasons.get(error.errno or 0, "stick_gone")) from None

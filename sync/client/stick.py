"""The files on a stick: listed, read and written so that a stick pulled out does no harm.

Names of files say nothing; contents are ciphertext and signed statements only. Network thread.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.errors import EnvironmentFault

__all__ = ["FOLDER_NAME", "Stick"]

FOLDER_NAME: Final = "lotes"
FILES_MAX: Final = 100_000
_PART: Final = ".part"

_NOT_WRITTEN: Final = {
    errno.ENOSPC: "stick_full",
    errno.EDQUOT: "stick_full",
    errno.EFBIG: "stick_full",
    errno.EROFS: "stick_read_only",
    errno.EACCES: "stick_read_only",
    errno.EPERM: "stick_read_only",
}


@dataclass(frozen=True, slots=True)
class Stick:
    """The folder on a stick. Every failure is an EnvironmentFault, and nothing is lost by it:
    ``stick_gone``, ``stick_full``, ``stick_read_only``."""

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
            if not self.folder.is_dir():
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
            with (self.folder / name).open("rb") as file:
                content = file.read(most + 1)
        except OSError:
            with _faults({}):
                if not self.folder.is_dir():
                    raise EnvironmentFault("stick_gone") from None
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
            self.folder.mkdir(exist_ok=True)
            try:
                with part.open("wb") as file:
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


@contextlib.contextmanager
def _faults(reasons: Mapping[int, str]) -> Iterator[None]:
    """Turn what the file system says into what people can act on: ``stick_gone`` unless it is one
    of these. A stick that was pulled out answers anything, with any error."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(reasons.get(error.errno or 0, "stick_gone")) from None

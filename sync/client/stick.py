"""The files on a stick: listed, read and written so that no stick does harm, whoever prepared it.

Names of files say nothing; contents are ciphertext and signed statements only. No link on a stick
is followed, and nothing but a plain file is opened. Network thread.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable, Container, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.domain.errors import EnvironmentFault

__all__ = ["FOLDER_NAME", "NAMES_AT_ONCE", "ODD_FILES_MAX", "PART", "Found", "Stick", "Wanted"]

FOLDER_NAME: Final = "lotes"
PART: Final = ".part"
"""The ending of a file that is being written, or was when the stick was pulled out."""

ENTRIES_MAX: Final = 1_000_000
"""Names looked at in the folder itself, where the first version left everything."""
ODD_FILES_MAX: Final = 1_000
"""Listed of those whose size none can have: so many are told of one by one."""
SHELF_ENTRIES_MAX: Final = 65_536
"""Names looked at in one shelf. FAT32 has room for 9,362 of ours in a folder."""
NAMES_AT_ONCE: Final = 4_096
"""Names looked at without a pause: on the slowest stick a second or two."""
_SHELVES: Final = 256
_READ_AT_ONCE: Final = 1 << 20

_IS_SHELF: Final = re.compile(r"[0-9a-fA-F]{2}")
_NO_OTHER: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ: Final = os.O_RDONLY | _NO_OTHER | getattr(os, "O_NONBLOCK", 0)
_WRITE_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_OTHER
_A_FOLDER: Final = getattr(os, "O_DIRECTORY", None)
"""None on Windows, where a folder cannot be synchronised: NTFS and FAT write its entry with the
file's."""

_NOT_WRITTEN: Final = {
    errno.ENOSPC: "stick_full",
    errno.EDQUOT: "stick_full",
    errno.EFBIG: "stick_full",
    errno.EROFS: "stick_read_only",
    errno.EACCES: "stick_read_only",
    errno.EPERM: "stick_read_only",
    errno.EEXIST: "stick_not_ours",
    errno.EISDIR: "stick_not_ours",
    errno.ENAMETOOLONG: "stick_unsuited",
    errno.EINVAL: "stick_unsuited",
    errno.EOPNOTSUPP: "stick_unsuited",
}
_CANNOT_SYNC: Final = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.EACCES, errno.EBADF})
"""What file systems without a way to synchronise a folder answer; the file itself is written."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files of an ending are worth a look: at most so many, of sizes that one may have."""

    most: int
    sizes: range


@dataclass(slots=True)
class Found:
    """Files of one ending: sizes by their places below the folder, and whether there are more than
    one wants to know of. Of those of impossible sizes some are listed, and the rest is nothing."""

    wanted: Wanted
    sizes: dict[str, int] = field(default_factory=dict)
    has_more: bool = False
    _taken: int = 0
    _odd: int = 0

    def put(self, place: str, size: int, *, is_known: bool) -> None:
        """List a file, while there is room for it; there always is for a known one."""
        if not is_known:
            if size not in self.wanted.sizes:
                if self._odd >= ODD_FILES_MAX:
                    return
                self._odd += 1
            elif self._taken >= self.wanted.most:
                self.has_more = True
                return
            else:
                self._taken += 1
        self.sizes[place] = size


@dataclass(frozen=True, slots=True)
class Stick:
    """The folder on a stick. Every failure is an EnvironmentFault, and nothing is lost by it:
    ``stick_gone``, ``stick_full``, ``stick_read_only``, ``stick_not_ours``, ``stick_unsuited``.

    A file lies on the shelf (a folder) that its name begins with, since a folder of FAT32 has room
    for some 9,000 such names; the first version left all in one folder, which is read, too. A
    *place* is a path below the folder.
    """

    root: Path
    counted: Callable[[int, int], None]

    @property
    def folder(self) -> Path:
        """Where the files lie: the same for every station and centre."""
        return self.root / FOLDER_NAME

    def look(
        self,
        wanted: Mapping[str, Wanted],
        known: Container[str] = frozenset(),
        first_shelf: int = 0,
    ) -> Generator[None, None, Mapping[str, Found]]:
        """Return the files by the ending of their names; links and folders are passed over. Pauses
        after some thousand names, and behind each shelf: whoever drives it may stop there.

        Of each ending, those whose names (small letters) are ``known`` are all listed, and so many
        of the others as is wanted. What is left out of a stick with too much on it depends
        on the shelf that comes first. Some 500 bytes of memory a file; writes nothing, so that a
        stick that cannot be written is read all the same.
        """
        found = {ending: Found(one) for ending, one in wanted.items()}
        with _faults({}):
            if not self.root.is_dir():
                raise EnvironmentFault("stick_gone")
            if not _is_folder(self.folder):
                return found
            loose = {ending: Found(one) for ending, one in wanted.items()}
            shelves = yield from self._list("", ENTRIES_MAX, loose, known)
            start = first_shelf * len(shelves) // _SHELVES
            for shelf in (*shelves[start:], *shelves[:start]):
                yield from self._list(f"{shelf}/", SHELF_ENTRIES_MAX, found, known)
                yield
        for ending, one in loose.items():
            found[ending].has_more |= one.has_more
            for name, size in one.sizes.items():
                found[ending].put(name, size, is_known=name.lower() in known)
        return found

    def read(self, place: str, most: int) -> bytes | None:
        """Return a file's content, cut just above ``most`` bytes: more is refused anyway.

        None when this one file cannot be read (a bad block, or it went away) while the stick is
        still there: the others are wanted all the same.
        """
        try:
            content = _read_plain(self.folder / place, most + 1)
        except OSError:
            content = None
        if content is None:
            with _faults({}):
                if not _is_folder(self.folder):
                    raise EnvironmentFault("stick_gone")
            return None
        self.counted(0, len(content))
        return content

    def drop(self, place: str) -> None:
        """Take a file away that can help nobody; a stick that refuses keeps it."""
        with contextlib.suppress(OSError):
            (self.folder / place).unlink(missing_ok=True)

    def home(self, name: str) -> str:
        """Return the place of a file of this name."""
        return f"{name[:2]}/{name}"

    def write(self, name: str, content: bytes) -> None:
        """Write a file to its place so that it is there whole or not at all, even when the stick is
        pulled out."""
        target = self.folder / self.home(name)
        part = target.with_name(f"{name}{PART}")
        with _faults(_NOT_WRITTEN):
            for folder in (self.folder, target.parent):
                if not _is_folder(folder):
                    folder.mkdir()
                    _sync_folder(folder.parent)
            try:
                # What lies there is taken away, never written through: it may be a link.
                part.unlink(missing_ok=True)
                _write_new(part, content)
                part.replace(target)
            except OSError:
                # A full stick must not stay full of halves.
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
                raise
            _sync_folder(target.parent)
        self.counted(len(content), 0)

    def _list(
        self, shelf: str, most: int, found: Mapping[str, Found], known: Container[str]
    ) -> Generator[None, None, list[str]]:
        """List the files of a shelf, or of the folder itself (an empty name); return the shelves
        that lie in it. Pauses now and then."""
        shelves = set()
        with os.scandir(self.folder / shelf) as entries:
            for number, entry in enumerate(entries):
                if number >= most:
                    for one in found.values():
                        one.has_more = True
                    shelves |= {f"{at:02x}" for at in range(_SHELVES)}
                    break
                if number % NAMES_AT_ONCE == NAMES_AT_ONCE - 1:
                    yield
                name = entry.name
                if _IS_SHELF.fullmatch(name):
                    shelves.add(name)
                    continue
                ending = name[name.rfind(".") :]
                if ending not in found or not entry.is_file(follow_symlinks=False):
                    continue
                size = entry.stat(follow_symlinks=False).st_size
                is_known = name.lower() in known
                found[ending].put(f"{shelf}{name}", size, is_known=is_known)
        if shelf:
            return []
        return [one for one in sorted(shelves) if _is_folder(self.folder / one, None)]


def _read_plain(path: Path, most: int) -> bytes | None:
    """Return the first bytes of a plain file, or None when it is something else."""
    handle = os.open(path, _READ)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        content = bytearray()
        while len(content) < most:
            piece = os.read(handle, min(most - len(content), _READ_AT_ONCE))
            if not piece:
                break
            content += piece
        return bytes(content)
    finally:
        os.close(handle)


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, down to the stick."""
    handle = os.open(path, _WRITE_NEW, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the stick, where the system can."""
    if _A_FOLDER is None:
        return
    try:
        handle = os.open(folder, os.O_RDONLY | _A_FOLDER)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _is_folder(path: Path, refusal: str | None = "stick_not_ours") -> bool:
    """Return whether a folder is there. Raises OSError, and EnvironmentFault ``refusal`` for a
    link, or anything else in its place; None: that is no folder either."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    attributes = getattr(found, "st_file_attributes", 0)
    is_link = attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT  # Windows has several kinds
    if is_link or not stat.S_ISDIR(found.st_mode):
        if refusal is None:
            return False
        raise EnvironmentFault(refusal)
    return True


@contextlib.contextmanager
def _faults(reasons: Mapping[int, str]) -> Iterator[None]:
    """Turn what the file system says into what people can act on: ``stick_gone`` unless it is one
    of these. A stick that was pulled out answers anything, with any error."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(reasons.get(error.errno or 0, "stick_gone")) from None

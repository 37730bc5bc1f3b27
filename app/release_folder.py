"""A release as a folder (a stick, a download): looked at, listed, and copied beside the old one.

The copy is whole and on disk before anything points to it, so that a stick pulled out, a full disk
or a power cut leaves the version that was there. Nothing of a release is executed here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from app.atomic_file import sync_folder, write_atomically
from app.domain.errors import DomainError
from app.release_format import (
    ENTRIES_MAX,
    FILE_BYTES_MAX,
    FILES_MAX,
    MANIFEST,
    SIGNATURES,
    ReleaseFile,
    ReleaseManifest,
    check_path,
    shown_path,
)
from app.release_manifest import Entry, Installed, Kind, check_release

__all__ = ["CURRENT", "PARTIAL", "FolderTree", "list_files", "stage_release"]

CURRENT: Final = "current"
"""The file that names the version to start: its sequence number, in digits."""

PARTIAL: Final = "partial"
_CHUNK: Final = 64 * 1024
_NAME_BYTES_MAX: Final = 32
_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
"""Not waiting: a pipe put in the place of a file must not hold the program."""


class FolderTree:
    """A folder as :class:`app.release_manifest.ReleaseTree`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def entries(self) -> Iterator[Entry]:
        """Yield everything in it. Raises DomainError ``release_unreadable``."""
        waiting = [PurePosixPath()]
        while waiting:
            folder = waiting.pop()
            try:
                found = [(one.name, _kind(one)) for one in os.scandir(self._root / folder)]
            except OSError:
                raise DomainError("release_unreadable") from None
            for name, kind in found:
                path = folder / name
                yield Entry(str(path), kind)
                if kind is Kind.FOLDER:
                    waiting.append(path)

    def read(self, path: str) -> Iterator[bytes]:
        """Yield a plain file in pieces. Raises as :meth:`ReleaseTree.read` says."""
        try:
            with os.fdopen(os.open(self._root / path, _READ), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise DomainError("release_not_plain", file=path)
                while piece := file.read(_CHUNK):
                    yield piece
        except FileNotFoundError:
            raise KeyError(path) from None
        except OSError:
            # Also a link in the file's place (ELOOP).
            raise DomainError("release_unreadable") from None


def list_files(root: Path) -> tuple[ReleaseFile, ...]:
    """Return every file below a folder but manifest and signatures, ordered by path.

    Raises DomainError ``release_not_plain``, ``release_path_wrong``, ``release_too_large``,
    ``release_unreadable``.
    """
    tree = FolderTree(root)
    found: list[ReleaseFile] = []
    for count, entry in enumerate(tree.entries()):
        if count >= ENTRIES_MAX:
            raise DomainError("release_too_large", limit=FILES_MAX)
        if entry.kind is Kind.FOLDER or entry.path in (MANIFEST, SIGNATURES):
            continue
        if entry.kind is not Kind.FILE:
            raise DomainError("release_not_plain", file=shown_path(entry.path))
        check_path(entry.path)
        digest, size = hashlib.sha256(), 0
        for piece in tree.read(entry.path):
            digest.update(piece)
            size += len(piece)
            if size > FILE_BYTES_MAX:
                raise DomainError("release_too_large", limit=FILES_MAX)
        found.append(ReleaseFile(entry.path, size, digest.hexdigest()))
        if len(found) > FILES_MAX:
            raise DomainError("release_too_large", limit=FILES_MAX)
    return tuple(sorted(found, key=lambda one: one.path))


def stage_release(
    source: Path, installed: Installed, versions: Path, *, platform: str
) -> ReleaseManifest:
    """Put a checked release beside the installed one, and make it the one that starts next.

    ``versions`` holds a folder a version, named by its sequence number, and ``current``. What was
    left of an attempt before is cleared; the other versions stay, and so does one that starts next
    already. Raises DomainError as :func:`check_release`, ``release_sequence_old`` also where a
    newer one starts next; OSError when the disk refuses. Either way what starts is as it was.
    """
    partial = versions / PARTIAL
    _clear(partial)
    partial.mkdir(parents=True)
    copy = _Copy(partial)
    try:
        manifest = check_release(FolderTree(source), installed, platform=platform, keep=copy.write)
    finally:
        copy.close()
    starts_next = _named(versions / CURRENT)
    if manifest.sequence < starts_next:
        raise DomainError("release_sequence_old", sequence=manifest.sequence, installed=starts_next)
    if manifest.sequence == starts_next:
        _clear(partial)
        return manifest
    for folder, _, _ in os.walk(partial, topdown=False):
        sync_folder(Path(folder))
    place = versions / str(manifest.sequence)
    _clear(place)  # whole, perhaps, and never named: it was cut off before that
    partial.rename(place)
    sync_folder(versions)
    write_atomically(versions / CURRENT, f"{manifest.sequence}\n".encode())
    return manifest


def _named(current: Path) -> int:
    """Return the version that starts next, 0 where none is named."""
    try:
        with current.open("rb") as file:
            said = file.read(_NAME_BYTES_MAX).strip()
    except FileNotFoundError:
        return 0
    return int(said) if said.isdigit() else 0


class _Copy:
    """The copy in the making: one file open at a time, each on disk before the next."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = ""
        self._file: BinaryIO | None = None

    def write(self, path: str, piece: bytes) -> None:
        if path != self._path or self._file is None:
            self.close()
            place = self._root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            self._path, self._file = path, place.open("xb")
            if os.name != "nt":
                os.fchmod(self._file.fileno(), 0o700)  # a manifest says nothing of modes
        self._file.write(piece)

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with file:
                file.flush()
                os.fsync(file.fileno())


def _clear(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _kind(entry: os.DirEntry[str]) -> Kind:
    seen = entry.stat(follow_symlinks=False)
    # A junction is a folder to Windows and leads elsewhere all the same.
    is_reparse = getattr(seen, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    if stat.S_ISLNK(seen.st_mode) or is_reparse:
        return Kind.LINK
    if stat.S_ISDIR(seen.st_mode):
        return Kind.FOLDER
    return Kind.FILE if stat.S_ISREG(seen.st_mode) else Kind.OTHER

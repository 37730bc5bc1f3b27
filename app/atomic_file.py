"""Writes a small file whole or not at all: a power cut leaves the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["sync_folder", "write_atomically", "write_synced"]

OWNER_ONLY = 0o600


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``: a temporary file beside it, fsync, rename, fsync of the folder.

    Mode 0600 from the first byte. Raises OSError, with ``path`` as it was before.
    """
    temporary = path.with_name(path.name + ".tmp")
    write_synced(temporary, content)
    temporary.replace(path)
    sync_folder(path.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file for the owner only and wait until it is on disk. Raises OSError, and then
    leaves nothing behind.
    """
    # O_EXCL after unlink: neither a left-over's mode nor a planted link is taken over.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, flags, OWNER_ONLY), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut (POSIX; Windows has no such call or need)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A copy of a damaged database to read from: mended where that is safe, the original untouched.

The salt and the first page come from the sealed copy of the laptop, the write-ahead log's checksums
are made anew; a page whose authentication code does not fit is left as it is. Storage thread.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO, Final

from app.crypto.secret import SecretKey
from db.cipher_page import (
    PAGE_BYTES,
    SALT_BYTES,
    PageCheck,
    closed_first_page,
    first_page,
    pages_said,
)
from db.errors import translated
from db.wal import mended

__all__ = ["copy_damaged"]

_WAL: Final = "-wal"


def copy_damaged(database: Path, target: Path, key: SecretKey, page: bytes) -> int:
    """Copy a damaged file, and its log beside it, to ``target``, mended where that is safe.

    ``page`` is a first page as the sealed copy keeps it, or empty. Returns how many pages the disk
    itself did not give back, or that are damaged in the log. Holds the log in memory, which is cut
    to some megabytes at every checkpoint, and of the database a page: all scans lie in it. Raises
    EnvironmentFault when ``target`` cannot be written.
    """
    left_out: list[int] = []
    with translated():
        with target.open("w+b") as copy:
            lost = _copy_blocks(database, copy)
            size = copy.tell()
            copy.seek(0)
            head = _first_page_of(copy.read(PAGE_BYTES), size, key, page)
            copy.seek(0)
            copy.write(head)
            copy.seek(0)
            check = PageCheck(key, copy.read(SALT_BYTES))
        log = io.BytesIO()
        lost += _copy_blocks(database.with_name(database.name + _WAL), log)

        def is_whole(number: int, page: bytes) -> bool:
            if check(number, page):
                return True
            left_out.append(number)
            return False

        target.with_name(target.name + _WAL).write_bytes(mended(log.getvalue(), is_whole))
    return lost + len(left_out)


def _first_page_of(own: bytes, size: int, key: SecretKey, page: bytes) -> bytes:
    """Return a first page from which what there is of a file can be read: its own when it is whole
    and says how many pages there are, else one that says nothing of that."""
    salt = page[:SALT_BYTES] or own[:SALT_BYTES]
    opened = first_page(own, key) or first_page(salt + own[SALT_BYTES:], key)
    if opened is None:
        return closed_first_page(page, key) if page and size else own
    is_cut = pages_said(opened) * PAGE_BYTES > size
    return closed_first_page(opened, key) if is_cut else opened[:SALT_BYTES] + own[SALT_BYTES:]


def _copy_blocks(path: Path, target: BinaryIO) -> int:
    """Copy a file, if there is one; a block that the disk does not give back is zeros. Return how
    many of those there are."""
    lost = at = 0
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return lost
    try:
        size = os.fstat(descriptor).st_size
        while at < size:
            os.lseek(descriptor, at, os.SEEK_SET)
            try:
                block = os.read(descriptor, PAGE_BYTES)
            except OSError:
                block, lost = bytes(min(PAGE_BYTES, size - at)), lost + 1
            if not block:
                break
            target.write(block)
            at += len(block)
    finally:
        os.close(descriptor)
    return lost

"""A damaged database is copied to be read from, however large it is."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

from app.crypto.secret import SecretKey
from db.damaged_copy import copy_damaged

SIZE = 64 << 20
"""All scans of a centre lie in one file: gigabytes of them, on a laptop that has four in all."""


def test_a_large_file_is_copied_in_little_memory(tmp_path: Path) -> None:
    database, copy = tmp_path / "old.db", tmp_path / "copy.db"
    front = random.Random(1).randbytes(4096)
    with database.open("wb") as file:
        file.write(front)
        file.truncate(SIZE)
    tracemalloc.start()
    try:
        lost = copy_damaged(database, copy, SecretKey(bytes(range(32))), b"")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lost == 0
    assert copy.stat().st_size == SIZE
    with copy.open("rb") as file:
        assert file.read(4096) == front
    assert most < 1 << 20

"""A copy of the checkout, in which a module can be another one for a while."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

__all__ = ["copied", "digest", "with_module"]

_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "out", ".*_cache", ".hypothesis")


def copied(root: Path, place: Path) -> Path:
    """Copy what there is under ``root`` to ``place``, and return that."""
    return Path(shutil.copytree(root, place, ignore=_NOT_COPIED))


@contextmanager
def with_module(copy: Path, module: str, source: bytes) -> Iterator[None]:
    """Put another source in the place of a module for the time of the block."""
    path = copy / module
    before = path.read_bytes()
    try:
        _put(path, source)
        yield
    finally:
        _put(path, before)


def digest(*contents: bytes) -> str:
    """Return by what a content is known again."""
    return hashlib.blake2b(b"\0".join(contents), digest_size=8).hexdigest()


def _put(path: Path, source: bytes) -> None:
    path.write_bytes(source)
    # What was compiled counts as new for a second, and two sources may be of one length.
    Path(cache_from_source(str(path))).unlink(missing_ok=True)

"""A long log in small: the sizes that make a log long are an eighth of what they are.

Writing and sealing a megabyte costs a quarter of a minute. What a snapshot is worth, what it has to
spare, how large batches and pieces get and what is kept of a cut one shrink together, so that each
situation of a long log comes in a short one: several batches, a snapshot that is worth it, a log
behind it that comes in pieces, entries cut in the middle.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from app.services import rebuild, sealing, snapshot
from sync.client import beginning, lane_pace, stick_snapshots, unfinished

__all__ = ["SHARE", "short_logs", "shrunk", "story"]

SHARE: Final = 8
"""So much smaller everything is."""

SIZES: Final[tuple[tuple[Any, str], ...]] = (
    (snapshot, "WORTH_BYTES"),
    (beginning, "SPARES_MIN"),
    (stick_snapshots, "SPARES_MIN"),
    (sealing, "BATCH_BYTES_WANTED"),
    (rebuild, "PAGE_BYTES"),
    (lane_pace, "PIECE_FIRST"),
    (lane_pace, "PIECE_MIN"),
    (lane_pace, "PIECE_MAX"),
    (unfinished, "KEPT_MIN"),
)


@contextmanager
def shrunk(**other: int) -> Iterator[None]:
    """Let short logs count as long until the block ends; ``other`` are sizes of
    :mod:`app.services.snapshot` that differ."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in SIZES:
            patch.setattr(owner, name, getattr(owner, name) // SHARE)
        for name, size in other.items():
            patch.setattr(snapshot, name, size)
        yield


@pytest.fixture(scope="module", autouse=True)
def short_logs() -> Iterator[None]:
    """Short logs count as long in the module that imports this."""
    with shrunk():
        yield


def story(number: int, size: int = 4_000) -> str:
    """Return an invented text that no compression makes much smaller."""
    return random.Random(number).randbytes(size).hex()

"""Many things in portions, so that work on all of them holds little in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

__all__ = ["RECORDS_AT_ONCE", "portions"]

RECORDS_AT_ONCE: Final = 500
"""Records that are read ahead together."""

Item = TypeVar("Item")


def portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items in their order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]

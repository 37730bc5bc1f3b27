"""Answers on their way out: batches are read from the store as they go, some at a time.

Whoever reads slowly, or not at all, holds little memory. The log is only added to, so what a place
holds is the same when its turn comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sync.server.store import LogRow, Store

__all__ = ["Outgoing", "evenly"]

E = TypeVar("E")

READ_BYTES: Final = 256 << 10
"""So much is read of the store at a time, or one batch."""
PIECE_BYTES: Final = 4 << 10
"""Each is a record of TLS: of a line that is cut, what came of the last one cannot be opened."""


@dataclass(frozen=True, slots=True)
class Outgoing(Generic[E]):
    """The entries of an answer: of each its place, the front without the batch, and how both are
    joined. Going through it reads the batches; any thread, as often as wanted."""

    store: Store
    centre: bytes
    fronts: tuple[tuple[LogRow, E], ...]
    join: Callable[[E, bytes], E]

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self.fronts)

    def __iter__(self) -> Iterator[E]:
        """Yield the entries with their batches."""
        for some in self._groups():
            contents = self.store.contents(self.centre, [row.position for row, _ in some])
            for row, front in some:
                yield self.join(front, contents[row.position])

    def _groups(self) -> Iterator[list[tuple[LogRow, E]]]:
        some: list[tuple[LogRow, E]] = []
        total = 0
        for one in self.fronts:
            total += one[0].size
            if some and total > READ_BYTES:
                yield some
                some, total = [], one[0].size
            some.append(one)
        if some:
            yield some


def evenly(pieces: Iterable[bytes], size: int = PIECE_BYTES) -> Iterator[bytes]:
    """Yield the same bytes in pieces of one size, the last a shorter one: thousands of crumbs are
    handed on at once, and nothing large waits for a slow line."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(memoryview(waiting)[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)

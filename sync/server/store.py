"""What the services keep, as a Protocol: inserted and read, never changed or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["LogHead", "LogRow", "NewBatch", "Store"]


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A verified batch on its way into the log."""

    id: bytes
    device: bytes
    session: bytes
    number: int
    content: bytes


@dataclass(frozen=True, slots=True)
class LogRow:
    """One place in a centre's log. ``content`` is empty where only the place was asked for."""

    position: int
    batch_id: bytes
    chain: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class LogHead:
    """The end of a centre's log."""

    log_id: bytes
    position: int
    chain: bytes


class Store(Protocol):
    """The logs and rosters of a region's centres. Any thread; each call is one transaction."""

    def head(self, centre: bytes) -> LogHead:
        """Return the end of a centre's log, which begins when it is first asked for."""

    def append(self, centre: bytes, batch: NewBatch) -> tuple[LogHead, LogRow]:
        """Return the place of a batch, giving it the next one unless it has one already.

        The position is taken under the centre's row lock, in the transaction of the insert: a
        reader by cursor never passes one that is not committed yet.
        """

    def chain_at(self, centre: bytes, position: int) -> bytes | None:
        """Return the chain hash at a position, or None where the log does not reach."""

    def after(
        self, centre: bytes, position: int, *, bytes_max: int, rows_max: int
    ) -> Sequence[LogRow]:
        """Return rows after a position, in order; at least one if there is any."""

    def statements(self, centre: bytes) -> tuple[bytes, ...]:
        """Return a centre's statements."""

    def add_statements(self, centre: bytes, statements: Sequence[bytes]) -> None:
        """Keep statements that hold; known ones change nothing."""

    def close(self) -> None:
        """Let go of the database."""

"""What the services keep, as a Protocol: logs and statements are inserted and read, never changed
or deleted. Only what arrived of a cut batch grows, and goes when the batch is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.server.blobs import BlobStore

__all__ = ["LogHead", "LogRow", "NewBatch", "Partial", "Store"]


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
    """One place in a centre's log, and how many bytes the batch there has."""

    position: int
    batch_id: bytes
    chain: bytes
    size: int


@dataclass(frozen=True, slots=True)
class LogHead:
    """The end of a centre's log."""

    log_id: bytes
    position: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class Partial:
    """The front of a batch that was cut on its way up; ``size`` is what the whole shall have."""

    size: int
    content: bytes


class Store(Protocol):
    """The logs and rosters of a region's centres. Any thread; each call is one transaction."""

    @property
    def blobs(self) -> BlobStore:
        """Attachments and snapshots."""

    def head(self, centre: bytes) -> LogHead:
        """Return the end of a centre's log, which begins when it is first asked for."""

    def append(self, centre: bytes, batch: NewBatch) -> tuple[LogHead, LogRow]:
        """Return the place of a batch, giving it the next one unless it has one already.

        The position is taken under the centre's row lock, in the transaction of the insert: a
        reader by cursor never passes one that is not committed yet. What was kept of the batch
        while it was cut goes in the same transaction.
        """

    def positions_of(self, centre: bytes, ids: Sequence[bytes]) -> Mapping[bytes, LogRow]:
        """Return the places of those of these batches that are in the log."""

    def chain_at(self, centre: bytes, position: int) -> bytes | None:
        """Return the chain hash at a position, or None where the log does not reach."""

    def after(
        self, centre: bytes, position: int, *, bytes_max: int, rows_max: int
    ) -> Sequence[LogRow]:
        """Return the places after a position whose batches have so many bytes together, in order;
        at least one if there is any."""

    def before(
        self, centre: bytes, position: int, *, bytes_max: int, rows_max: int
    ) -> Sequence[LogRow]:
        """Return the places before a position in the same way, the last first."""

    def contents(self, centre: bytes, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the batches at these positions, as far as the log reaches."""

    def partial(self, centre: bytes, batch_id: bytes, *, size: int, start: int) -> bytes | None:
        """Return the first ``start`` bytes of a batch that was cut; None when not so many are kept
        of one of this size. That is found out without reading them: a request may ask for it
        thousands of times in vain."""

    def partial_sizes(self, centre: bytes, ids: Sequence[bytes]) -> Mapping[bytes, int]:
        """Return how many bytes are kept of those of these batches that were cut."""

    def put_partial(self, centre: bytes, batch_id: bytes, kept: Partial, *, room: int) -> None:
        """Keep what arrived of a batch, unless more of it, of the same size, is kept already.

        A centre's others stay as far as ``room`` bytes for all of them reach, each counted as 4 KiB
        at least: those that grew longest ago go first.
        """

    def drop_partial(self, centre: bytes, batch_id: bytes) -> None:
        """Forget what was kept of a batch."""

    def statements(self, centre: bytes) -> tuple[bytes, ...]:
        """Return a centre's statements."""

    def add_statements(self, centre: bytes, statements: Sequence[bytes]) -> None:
        """Keep statements that hold; known ones change nothing."""

    def close(self) -> None:
        """Let go of the database."""

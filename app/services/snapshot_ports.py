"""What starting a new laptop from a snapshot needs of storage and keys.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import Change, ChangeId
from app.services.batch_ports import Cursor

__all__ = ["NO_CONTEXT", "PlacedHead", "SnapshotContent", "Snapshots"]

NO_CONTEXT = bytes(16)
"""In place of a batch, where it is not known which of its changes a head is."""


@dataclass(frozen=True, slots=True)
class PlacedHead:
    """A change that nothing replaces, and where it stands: the first 16 bytes of its batch's id,
    and which of that batch's changes it is."""

    change: Change
    context: bytes
    place: int


@dataclass(frozen=True, slots=True)
class SnapshotContent:
    """Every head of a centre's records at ``at``, in a log that has this chain there."""

    at: Cursor
    heads: tuple[PlacedHead, ...]


class Snapshots(Protocol):
    """The heads of all records with their places, and the places that a snapshot told."""

    def heads(self) -> Iterator[PlacedHead]:
        """Yield every head, in the order of its batch's position and of its place there."""

    def is_level(self) -> bool:
        """Return whether all that is known here stands in the verified log up to the cursor."""

    def count(self) -> int:
        """Return the number of heads."""

    def bytes_between(self, after: int, up_to: int) -> int:
        """Return the size of the batches at positions after one and up to another."""

    def note_places(self, heads: Sequence[PlacedHead]) -> None:
        """Note where the heads of a snapshot stand, until their batches come."""

    def let_wait(self, heads: Sequence[PlacedHead]) -> None:
        """Let these heads wait, as what batches of a stick hold, until a batch that holds them is
        seen in the verified log; those that were seen do not."""

    def let_unproven_wait(self) -> None:
        """Let every change that others made and that stands in no batch that is here wait so."""

    def let_wait_no_more(self) -> None:
        """The region's log holds what was let wait so: none of that waits any more."""

    def awaited(self) -> int:
        """Return how many heads that were let wait so are in no batch that is here."""

    def has_places(self) -> bool:
        """Return whether something is believed of which change stands where that no batch showed
        yet."""

    def forget_proven_places(self) -> None:
        """What the batches that are here show is of no use any more."""

    def forget_places(self) -> None:
        """Nothing of what a snapshot told of places is believed any more."""

    def unproven(self) -> int:
        """Return how many changes that others made stand in no batch that is here, or how many
        places that a snapshot told are of no batch that is here if those are more."""

    def contradicted(self) -> int:
        """Return of how many changes a snapshot said another place than their batch shows."""

    def batches(self) -> tuple[bytes, ...]:
        """Return the ids of all batches that are held, in the order of the log; behind them those
        without a place in it, oldest first."""

    def hold_instead(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        """Note that a batch holds these changes, and no others."""

    def take_out_batch(self, batch_id: bytes) -> int | None:
        """A batch is held no longer; return its place in the log. Its changes stay."""

    def take_out_changes(self, change_ids: Sequence[ChangeId]) -> None:
        """Take those of these changes that stand in no batch out of the log, as if they had never
        come. What is derived is to be made anew."""

"""What starting a new laptop from a snapshot needs of storage and keys.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import Change
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

    def awaited(self) -> int:
        """Return how many heads that were let wait so are in no batch that is here."""

    def forget_places(self) -> None:
        """The batches are all here: what the snapshot told is of no use any more."""

    def unproven(self) -> int:
        """Return how many changes that others made stand in no batch that is here."""

    def contradicted(self) -> int:
        """Return of how many changes a snapshot said another place than their batch shows."""

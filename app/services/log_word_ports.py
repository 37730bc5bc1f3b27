"""What the region's server said of its log to another laptop of the centre, brought by a stick.

The word is signed, and it is a word: nothing leaves the outbox for it, and the cursor does not
move. It lets a laptop without a network say what the region held when that other laptop
synchronised. Storage thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.services.batch_ports import KeptReceipt

__all__ = ["LogWords", "ToldBatch"]


@dataclass(frozen=True, slots=True)
class ToldBatch:
    """A batch of which the region said that it stands in the log of that id at a position."""

    batch: bytes
    log_id: bytes
    position: int


class LogWords(Protocol):
    """What sticks told of the region's log, and what this laptop can tell others."""

    def keep(self, told: Sequence[ToldBatch]) -> int:
        """Keep what was told of batches that are here and that the verified log lacks; return how
        many were new. One word a batch: the last that came."""

    def told(self, batch_ids: Sequence[bytes]) -> tuple[ToldBatch, ...]:
        """Return what is known of these batches in this way only: those that the verified log has,
        or that were told of another log than this laptop follows, are left out."""

    def signed_place(self) -> KeptReceipt | None:
        """Return the last receipt of the verified log, or None."""

    def ids_up_to(self, position: int) -> tuple[bytes, ...]:
        """Return the ids of the batches at positions 1 to ``position`` of the verified log; fewer
        when one is not here any more."""

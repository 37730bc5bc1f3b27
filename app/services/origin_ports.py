"""Changes named by their place in a batch of the log: what a compact payload rests on.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from app.domain.change import Change, ChangeId
from app.domain.errors import DomainError

__all__ = ["CONTEXT_BYTES", "AwaitsEarlier", "Origin", "Origins"]

CONTEXT_BYTES: Final = 16
"""How many bytes of a batch's id name it where a payload rests on it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A change of a batch that stands in the log: the beginning of the batch's id, which of its
    changes it is, from 0, and the change."""

    context: bytes
    place: int
    change: Change


class AwaitsEarlier(DomainError):
    """A payload rests on a batch that is not here yet; ``context`` begins that batch's id."""

    def __init__(self, context: bytes) -> None:
        super().__init__("batch_awaits_earlier")
        self.context = context


class Origins(Protocol):
    """Where changes stand in batches, and which change stands at a place."""

    def origins_of(self, ids: Collection[ChangeId]) -> Mapping[ChangeId, Origin]:
        """Return where these changes stand in batches that were seen in the verified log; of those
        that stand in several, the first position. What stands in none is left out; of none it is
        said while batches are opened by the word of a snapshot."""

    def changes_at(self, context: bytes, places: Collection[int]) -> Mapping[int, Change] | None:
        """Return the changes at these places of a batch; a place that the batch does not have is
        left out. None when the batch is not here, and what is known of it lacks one of them."""

    def unplaced(self) -> Iterator[bytes]:
        """Yield the ids of batches of which it was not noted which change stands where."""

    def note_places(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        """Note which changes a batch holds, in its order."""

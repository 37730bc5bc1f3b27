"""Which part of the log is not here yet: what lies before the snapshot that a laptop began with.

Read backwards until it is all here (:mod:`app.services.snapshot`). Until then nothing that is said
of earlier batches can be judged. Storage thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.services.ports import UnitOfWork

__all__ = [
    "BEHIND",
    "BY_REGION",
    "BY_STICK",
    "CLAIMED",
    "FALSE_PLACES",
    "UNPROVEN",
    "Behind",
    "behind_of",
    "forget_unless_before",
    "put_behind",
]

BEHIND: Final = "sync/behind"
CLAIMED: Final = "sync/snapshot_claimed"
"""There when heads of a snapshot came by stick, until the whole log showed what of it is true; and
while one of the region is not all here, which may be of a log that is gone when it goes on."""

BY_STICK: Final = b"1"
BY_REGION: Final = b"2"

UNPROVEN: Final = "sync/snapshot_unproven"
"""How many changes of the snapshot the whole log did not prove."""


FALSE_PLACES: Final = "sync/snapshot_false_places"
"""Of how many changes a snapshot said a place where the log has another one. It stays: whoever made
that snapshot lied, or has a damaged laptop."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The log is here from ``position`` on; ``start`` is where the snapshot left off, and one more;
    ``chain`` is the chain right before ``position``, by which what comes proves itself."""

    position: int
    start: int
    chain: bytes

    @property
    def per_cent(self) -> int:
        """How much of what lies before the snapshot is here, from 0 to 100."""
        return 100 * (self.start - self.position) // max(1, self.start - 1)

    def to_bytes(self) -> bytes:
        """Return what is stored."""
        return f"{self.position}/{self.start}/{self.chain.hex()}".encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Behind:
        """Return what :meth:`to_bytes` gave."""
        position, start, chain = stored.decode().split("/")
        return cls(int(position), int(start), bytes.fromhex(chain))


def behind_of(uow: UnitOfWork) -> Behind | None:
    """Return what lacks before the snapshot, or None when the log is here from its beginning."""
    stored = uow.local.get(BEHIND)
    return None if stored is None else Behind.from_bytes(stored)


def put_behind(uow: UnitOfWork, behind: Behind | None) -> None:
    """Note what lacks now. The caller commits."""
    uow.local.put(BEHIND, None if behind is None else behind.to_bytes())


def forget_unless_before(uow: UnitOfWork, log_id: bytes, position: int) -> bool:
    """The log is read on from this position: when it is another log than the snapshot's, or falls
    back before its place, what lacked behind that is forgotten, and what only the snapshot told of
    waits to be seen, as if it had come by stick. Return whether it was: the log is to be read from
    its beginning then, whatever the position. The caller commits."""
    behind, cursor = behind_of(uow), uow.batches.cursor()
    if behind is None or cursor is None:
        return False
    if log_id == cursor.log_id and position >= behind.start - 1:
        return False
    put_behind(uow, None)
    uow.snapshots.let_unproven_wait()
    uow.local.put(CLAIMED, BY_STICK)
    return True

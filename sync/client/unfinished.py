"""What came of a log entry whose answer was cut: kept in the encrypted database, so that the rest
alone is asked for, after a power cut too."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from app.services.ports import UnitOfWork
from sync.protocol import limits
from sync.protocol.chain import CHAIN_BYTES

__all__ = ["KEPT_MIN", "UNFINISHED", "Unfinished", "keep_unfinished", "unfinished_of"]

UNFINISHED: Final = "sync/partial"
"""Where it lies: at most one entry, at most a batch."""

KEPT_MIN: Final = 4 << 10
"""Less is not worth a write to the disk; it comes again."""

_LOG_ID_BYTES: Final = 16
_HEAD: Final = struct.Struct(f">{_LOG_ID_BYTES}sQ{CHAIN_BYTES}sI")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The first bytes of the entry at a position of a log. ``size`` is the whole batch's.

    Nothing of it is proven before the whole is there and continues the chain.
    """

    log_id: bytes
    position: int
    chain: bytes
    size: int
    content: bytes

    def to_bytes(self) -> bytes:
        """Return what is stored."""
        return _HEAD.pack(self.log_id, self.position, self.chain, self.size) + self.content

    @classmethod
    def from_bytes(cls, stored: bytes) -> Unfinished | None:
        """Return what was stored, or None for anything that cannot be gone on with."""
        if not _HEAD.size < len(stored) < _HEAD.size + limits.BATCH_MAX:
            return None
        log_id, position, chain, size = _HEAD.unpack_from(stored)
        content = stored[_HEAD.size :]
        if not (1 <= position < 2**63 and len(content) < size <= limits.BATCH_MAX):
            return None
        return cls(log_id, position, chain, size, content)


def unfinished_of(uow: UnitOfWork) -> Unfinished | None:
    """Return what is kept of a cut entry, or None."""
    stored = uow.local.get(UNFINISHED)
    return None if stored is None else Unfinished.from_bytes(stored)


def keep_unfinished(uow: UnitOfWork, unfinished: Unfinished | None) -> None:
    """Keep this and nothing else, in the transaction that takes the answer in."""
    is_worth_it = unfinished is not None and len(unfinished.content) >= KEPT_MIN
    uow.local.put(UNFINISHED, unfinished.to_bytes() if unfinished and is_worth_it else None)

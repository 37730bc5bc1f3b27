"""What one exchange offers: urgent first, then the oldest, and never more than one answer's worth.

Run in one unit of work on the storage thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from app.services.ports import Cursor, Offer, SealedBatch, UnitOfWork
from app.services.replication import SyncTimes
from sync.client.unfinished import Unfinished, unfinished_of
from sync.protocol import limits

__all__ = ["Offered", "next_offer"]

OFFERED_BYTES: Final = 1 << 20
AT_ONCE: Final = limits.EXCHANGE_BATCHES_MAX // 2
"""Batches of one offer; and as many that were promised a place before."""

_BROKE_OFF: Final = frozenset({b"answer_cut", b"server_unreachable"})


@dataclass(frozen=True, slots=True)
class Offered:
    """What one exchange offers, and what is held from before a cut.

    Of the batches in ``promised`` the server gave a receipt before.
    """

    batches: tuple[SealedBatch, ...]
    promised: frozenset[bytes]
    kept: Unfinished | None
    is_after_cut: bool

    @property
    def new(self) -> tuple[SealedBatch, ...]:
        """Those that were not promised a place."""
        return tuple(one for one in self.batches if one.id not in self.promised)


def next_offer(
    uow: UnitOfWork,
    cursor: Cursor | None,
    *,
    offered: Collection[bytes],
    promised: Collection[bytes],
    unfinished: Unfinished | None,
) -> Offered:
    """Choose what goes next of what the log lacks: what was promised a place and not seen there
    yet, and what was not offered. ``unfinished`` is what this session holds of a cut entry."""
    waiting = uow.batches.to_offer()
    again = _fitting(one for one in waiting if one.id in promised)
    new = _fitting(one for one in waiting if one.id not in offered)
    contents = [(one.id, uow.batches.content(one.id)) for one in (*again, *new)]
    return Offered(
        batches=tuple(SealedBatch(name, content) for name, content in contents if content),
        promised=frozenset(one.id for one in again),
        kept=_fits(unfinished or unfinished_of(uow), cursor),
        is_after_cut=uow.local.get(SyncTimes.LAST_FAILURE) in _BROKE_OFF,
    )


def _fits(kept: Unfinished | None, cursor: Cursor | None) -> Unfinished | None:
    """Return what is held of the entry that comes next, if it is of the log we are in."""
    if kept is None or cursor is None:
        return None
    fits = (kept.log_id, kept.position) == (cursor.log_id, cursor.position + 1)
    return kept if fits else None


def _fitting(waiting: Iterable[Offer]) -> list[Offer]:
    """Return the first of them that one exchange carries."""
    chosen: list[Offer] = []
    size = 0
    for one in waiting:
        if chosen and (size + one.size > OFFERED_BYTES or len(chosen) >= AT_ONCE):
            break
        chosen.append(one)
        size += one.size
    return chosen

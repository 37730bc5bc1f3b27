"""A log of batches in a real store, for tests of what names its changes by their place."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.change import Change
from app.services.ports import SealedBatch, UnitOfWork

__all__ = ["hold"]


def hold(
    uow: UnitOfWork, batch_id: bytes, changes: Sequence[Change], *, position: int | None
) -> None:
    """Keep changes as those of one batch, seen in the log at ``position`` if it has one."""
    uow.changes.append(changes, is_own=False)
    uow.batches.add(
        SealedBatch(batch_id, b"sealed somewhere"),
        device=bytes(16),
        session=b"anywhere",
        number=1,
        is_own=False,
        change_ids=[one.id for one in changes],
        at_ms=0,
    )
    if position is not None:
        uow.batches.mark_seen(batch_id, position)

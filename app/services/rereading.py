"""Opens every batch again after a snapshot proved false, without its word.

A payload may name a change by its place in a batch. While the log behind a snapshot is not here,
the snapshot says which change that is; if it said another, the batch was read wrongly, and what it
seemed to hold went into files that it never spoke of. The sealed batches are the truth: each is
opened again by what stands in the log, and what only the wrong reading gave is taken out. Storage
thread.
"""

from __future__ import annotations

from app.domain.change import ChangeId
from app.services import ledger
from app.services.cycles import no_search_for_cycles
from app.services.ports import (
    Desk,
    Envelope,
    OpenedBatch,
    SealedBatch,
    UnitOfWork,
    UnusableBatch,
    WaitingBatch,
)

__all__ = ["read_again"]


def read_again(uow: UnitOfWork, desk: Desk, envelope: Envelope) -> int:
    """Open every batch that is held again, and correct what was taken from it; return how many were
    read wrongly. The places that a snapshot told were forgotten before. The caller commits.

    In the order of the log, so that what a batch rests on was corrected before it; where that is
    not so (a server that was put back), once more until nothing differs. All of it in one
    transaction, with everything derived made anew, so that nothing is half corrected: some seconds
    for a centre's year.
    """
    former: dict[ChangeId, None] = {}
    wrong: set[bytes] = set()
    differs = True
    with no_search_for_cycles():
        while differs:
            differs = False
            for batch_id in uow.snapshots.batches():
                before = [one.id for one in uow.changes.of_batch(batch_id)]
                if not _corrected(uow, desk, envelope, batch_id, before):
                    continue
                differs = True
                wrong.add(batch_id)
                former |= dict.fromkeys(before)
        if wrong:
            uow.snapshots.take_out_changes(tuple(former))
            ledger.rebuild(uow, desk.definitions)
    return len(wrong)


def _corrected(
    uow: UnitOfWork, desk: Desk, envelope: Envelope, batch_id: bytes, before: list[ChangeId]
) -> bool:
    """Open a batch again; return whether it held something else than was taken from it."""
    content = uow.batches.content(batch_id)
    assert content is not None, "what is held has its bytes"
    sealed = SealedBatch(batch_id, content)
    try:
        opened = envelope.open(content, uow.origins)
    except UnusableBatch as why:
        _set_aside(uow, desk, sealed, why)
        return True
    return _held_again(uow, opened, before)


def _held_again(uow: UnitOfWork, opened: OpenedBatch, before: list[ChangeId]) -> bool:
    now = list(dict.fromkeys(one.id for one in opened.changes))
    if now == before:
        return False
    uow.changes.append(opened.changes, is_own=False)
    uow.snapshots.hold_instead(opened.id, now)
    return True


def _set_aside(uow: UnitOfWork, desk: Desk, sealed: SealedBatch, why: UnusableBatch) -> None:
    """It opened by the word of the snapshot alone: it waits, or is of no use, as everywhere."""
    position = uow.snapshots.take_out_batch(sealed.id)
    at_ms = desk.clock.now_ms()
    if isinstance(why, WaitingBatch):
        uow.aside.wait(sealed, awaits=why.awaits, at_ms=at_ms, position=position)
        return
    uow.aside.put(
        sealed,
        reason=why.message_id,
        at_ms=at_ms,
        is_signed=why.is_signed,
        may_open_later=False,
        position=position,
    )

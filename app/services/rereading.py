"""Opens every batch again after a snapshot proved false, without its word.

A payload may name a change by its place in a batch. While the log behind a snapshot is not here,
the snapshot says which change that is; if it said another, the batch was read wrongly, and what it
seemed to hold went into files that it never spoke of. The sealed batches are the truth: each is
opened again by what stands in the log, and what only the wrong reading gave is taken out. Storage
thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.change import ChangeId
from app.domain.errors import EnvironmentFault
from app.services import ledger
from app.services.cycles import no_search_for_cycles
from app.services.ports import (
    Desk,
    Envelope,
    OpenedBatch,
    UnitOfWork,
    UnusableBatch,
)
from app.services.replication import MAY_OPEN_LATER, UNUSABLE, Arrived, set_aside

__all__ = ["Reread", "read_again"]


@dataclass(slots=True)
class Reread:
    """Which batches had been read wrongly, and what nobody expected, by batch, for the log."""

    wrong: set[bytes] = field(default_factory=set)
    bugs: dict[bytes, Exception] = field(default_factory=dict)


def read_again(uow: UnitOfWork, desk: Desk, envelope: Envelope) -> Reread:
    """Open every batch that is held again, and correct what was taken from it; return what came of
    it. The places that a snapshot told were forgotten before. The caller commits.

    In the order of the log, so that what a batch rests on was corrected before it; where that is
    not so (a server that was put back), once more until nothing differs. All of it in one
    transaction, with everything derived made anew, so that nothing is half corrected: some seconds
    for a centre's year. What nobody expected is the trouble of one batch alone.
    """
    former: dict[ChangeId, None] = {}
    done = Reread()
    differs = True
    with no_search_for_cycles():
        while differs:
            differs = False
            for batch_id in uow.snapshots.batches():
                before = [one.id for one in uow.changes.of_batch(batch_id)]
                if not _corrected(uow, desk, envelope, batch_id, before, done):
                    continue
                differs = True
                done.wrong.add(batch_id)
                former |= dict.fromkeys(before)
        if done.wrong:
            uow.snapshots.take_out_changes(tuple(former))
            ledger.rebuild(uow, desk.definitions)
    return done


def _corrected(
    uow: UnitOfWork,
    desk: Desk,
    envelope: Envelope,
    batch_id: bytes,
    before: list[ChangeId],
    done: Reread,
) -> bool:
    """Open a batch again; return whether it held something else than was taken from it.

    One that does not open for another reason than what the snapshot told (its laptop's grant fell,
    a fault of ours) stays as it was read. One that opened by the word of the snapshot alone waits,
    or is of no use, as everywhere.
    """
    content = uow.batches.content(batch_id)
    assert content is not None, "what is held has its bytes"
    is_open = False
    try:
        opened = envelope.open(content, uow.origins)
        is_open = True
        with uow.savepoint():
            return _held_again(uow, desk, opened, before)
    except UnusableBatch as refusal:
        why = refusal
    except (EnvironmentFault, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # a bug of ours
        done.bugs.setdefault(batch_id, error)
        why = UnusableBatch(UNUSABLE, is_signed=is_open)
    if not is_open and (not why.is_signed or why.message_id in MAY_OPEN_LATER):
        return False
    position = uow.snapshots.take_out_batch(batch_id)
    set_aside(uow, desk, Arrived(batch_id, content, position), why)
    return True


def _held_again(uow: UnitOfWork, desk: Desk, opened: OpenedBatch, before: list[ChangeId]) -> bool:
    now = list(dict.fromkeys(one.id for one in opened.changes))
    if now == before:
        return False
    ledger.record(uow, desk.definitions, opened.changes, is_own=False)
    uow.snapshots.hold_instead(opened.id, now)
    return True

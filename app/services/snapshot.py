"""Starting a new laptop from a snapshot, with the whole log fetched behind it.

A snapshot is every head of the centre's records at one place of the log, made by a laptop that is
level with it. A new laptop takes it in as changes like any others, stands at that place, and works;
then it reads the log backwards from there until it holds all of it. What a change replaced long ago
comes after what replaced it, and is history when it comes: folding needs no order. The snapshot is
an accelerator and proves nothing: once the log is whole, a change of it that stands in no batch is
told. Storage thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.services import ledger, replication
from app.services.ports import (
    Cursor,
    Desk,
    Envelope,
    PlacedHead,
    SnapshotContent,
    UnitOfWork,
)
from app.services.replication import Arrived, Taken

__all__ = [
    "PART",
    "behind",
    "content_of",
    "finish",
    "forget_behind",
    "is_new",
    "is_worth_it",
    "take_behind",
    "take_part",
]

PART: Final = 2_000
"""Heads taken in with one transaction: the screen gets its turn in between."""

WORTH_BYTES: Final = 512 * 1024
"""So much of log behind it makes a snapshot worth its making, and its way through a thin link."""

_BEHIND: Final = "sync/behind"


def is_new(uow: UnitOfWork) -> bool:
    """Return whether this laptop holds nothing of its centre's log yet."""
    return uow.batches.cursor() is None and next(iter(uow.batches.ids()), None) is None


def behind(uow: UnitOfWork) -> int:
    """Return the position before which the log is not here yet; 0 when it is here from 1 on."""
    return int(uow.local.get(_BEHIND) or b"0")


def is_worth_it(uow: UnitOfWork, last_position: int) -> bool:
    """Return whether a new snapshot would spare a new laptop much: enough came since the last."""
    cursor = uow.batches.cursor()
    if cursor is None or behind(uow):
        return False
    return uow.snapshots.bytes_between(last_position, cursor.position) >= WORTH_BYTES


def content_of(uow: UnitOfWork) -> SnapshotContent | None:
    """Return the snapshot of what is here, or None while this laptop is not level with the log."""
    cursor = uow.batches.cursor()
    if cursor is None or cursor.position == 0 or behind(uow) or not uow.snapshots.is_level():
        return None
    return SnapshotContent(cursor, tuple(uow.snapshots.heads()))


def take_part(uow: UnitOfWork, desk: Desk, heads: Sequence[PlacedHead]) -> None:
    """Take some heads of a snapshot in. Commits. Cut off in between, the rest follows later; taken
    twice, nothing changes."""
    ledger.record(uow, desk.definitions, [one.change for one in heads], is_own=False)
    uow.snapshots.note_places(heads)
    uow.commit()


def finish(uow: UnitOfWork, at: Cursor) -> None:
    """All of a snapshot is here: go on from its place in the log, and lack what lies before.
    Commits."""
    uow.batches.set_cursor(at)
    uow.witness.note_places([(at.position, at.chain)])
    uow.local.put(_BEHIND, str(at.position + 1).encode())
    uow.commit()


def take_behind(
    uow: UnitOfWork, desk: Desk, envelope: Envelope, arrived: Sequence[Arrived]
) -> Taken:
    """Take in a page of the log that lies right before what is here, its chain verified. Commits.

    An empty page says that nothing lies before. Raises nothing beyond what
    :func:`app.services.replication.take` does.
    """
    first = arrived[0].position if arrived else 1
    assert first is not None, "what comes from the log has a place in it"
    if first > 1:
        uow.local.put(_BEHIND, str(first).encode())
    else:
        uow.local.put(_BEHIND, None)
        uow.snapshots.forget_places()
    return replication.take(uow, desk, envelope, arrived, None)


def forget_behind(uow: UnitOfWork) -> None:
    """The log is another than the snapshot's: it is read from its beginning. The caller commits."""
    uow.local.put(_BEHIND, None)

"""Starting a new laptop from a snapshot, with the whole log fetched behind it.

A snapshot is every head of the centre's records at one place of the log, made by a laptop that is
level with it. A new laptop takes it in as changes like any others, stands at that place, and works;
then it reads the log backwards from there until it holds all of it. What a change replaced long ago
comes after what replaced it, and is history when it comes: folding needs no order. The snapshot is
an accelerator and proves nothing: once the log is whole, a change of it that stands in no batch is
told; and if it said a false place of one, what was read by that is read again. Storage thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.services import ledger, replication, rereading
from app.services.behind import (
    BY_REGION,
    BY_STICK,
    CLAIMED,
    FALSE_PLACES,
    UNPROVEN,
    Behind,
    behind_of,
    put_behind,
)
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
    "content_of",
    "count_unproven",
    "finish",
    "is_new",
    "is_worth_it",
    "settle",
    "take_behind",
    "take_claim",
    "take_part",
]

PART: Final = 2_000
"""Heads taken in with one transaction: the screen gets its turn in between."""

WORTH_BYTES: Final = 1024 * 1024
"""So much of log since the last one makes a snapshot worth its making, and its way through a thin
link: a third of a year of a centre."""

HEAD_BYTES: Final = 11
"""What a head weighs in a snapshot, about. While most of the log still stands (after an import) a
snapshot is no smaller than the log, and spares nobody anything."""


def is_new(uow: UnitOfWork) -> bool:
    """Return whether this laptop holds nothing of its centre's log yet, and nothing that other
    laptops wrote."""
    return uow.batches.cursor() is None and all(one.is_own for one in uow.batches.to_offer())


def is_worth_it(uow: UnitOfWork, last_position: int) -> bool:
    """Return whether a new snapshot would spare a new laptop much: enough came since the last, and
    it is less than half of the log."""
    cursor = uow.batches.cursor()
    if cursor is None or behind_of(uow):
        return False
    if uow.snapshots.bytes_between(last_position, cursor.position) < WORTH_BYTES:
        return False
    weight = HEAD_BYTES * uow.snapshots.count()
    return uow.snapshots.bytes_between(0, cursor.position) >= 2 * weight


def content_of(uow: UnitOfWork) -> SnapshotContent | None:
    """Return the snapshot of what is here, or None while this laptop is not level with the log."""
    cursor = uow.batches.cursor()
    if cursor is None or cursor.position == 0 or behind_of(uow) or not uow.snapshots.is_level():
        return None
    return SnapshotContent(cursor, tuple(uow.snapshots.heads()))


def take_part(uow: UnitOfWork, desk: Desk, heads: Sequence[PlacedHead]) -> None:
    """Take some heads of a snapshot in. Commits. Cut off in between, the rest follows later, or
    never: so until :func:`finish` they wait to be seen. Taken twice, nothing changes."""
    _take(uow, desk, heads)
    if uow.local.get(CLAIMED) is None:
        uow.local.put(CLAIMED, BY_REGION)
    uow.commit()


def take_claim(uow: UnitOfWork, desk: Desk, heads: Sequence[PlacedHead]) -> None:
    """Take some heads of a snapshot in that came by stick. Commits.

    Which log it is of, and up to where, nobody confirms: so no cursor moves, and each head waits to
    be seen in the verified log like what is in batches of a stick. It does not wait to be sent: its
    batch is elsewhere, and this laptop has nothing to send before that comes.
    """
    _take(uow, desk, heads)
    uow.local.put(CLAIMED, BY_STICK)
    uow.commit()


def _take(uow: UnitOfWork, desk: Desk, heads: Sequence[PlacedHead]) -> None:
    ledger.record(uow, desk.definitions, [one.change for one in heads], is_own=False)
    uow.snapshots.note_places(heads)
    uow.snapshots.let_wait(heads)


def finish(uow: UnitOfWork, at: Cursor) -> None:
    """All of a snapshot is here: go on from its place in the log, and lack what lies before. The
    caller commits."""
    uow.batches.set_cursor(at)
    uow.witness.note_places([(at.position, at.chain)])
    if uow.local.get(CLAIMED) == BY_REGION:
        uow.snapshots.let_wait_no_more()
        uow.local.put(CLAIMED, None)
    put_behind(uow, Behind(at.position + 1, at.position + 1, at.chain))


def take_behind(
    uow: UnitOfWork,
    desk: Desk,
    envelope: Envelope,
    arrived: Sequence[Arrived],
    before: bytes,
    *,
    done: int = 0,
) -> Taken:
    """Take in a page of the log that lies right before what is here, in its order and its chain
    verified; as much of it as one transaction should: call it again until all are ``done``, saying
    how many are. Less is lacking only then. ``before`` is the chain before the
    first of it. Commits; what waited for it is left to
    :func:`app.services.replication.take_ready`. Call :func:`settle` when that first one has
    position 1 and nothing is ready any more.
    """
    lacking, first = behind_of(uow), arrived[0].position
    assert lacking is not None, "only what lacks is read backwards"
    assert first is not None, "what comes from the log has a place in it"
    taken = replication.take_uncommitted(
        uow, desk, envelope, arrived[done:], None, with_waiting=False
    )
    if done + taken.done == len(arrived):
        put_behind(uow, Behind(first, lacking.start, before))
    uow.commit()
    return taken


def settle(uow: UnitOfWork, desk: Desk, envelope: Envelope) -> tuple[Exception, ...]:
    """The log is here from its beginning: see what of the snapshot it does not prove; return what
    nobody expected, for the log. Commits.

    When the snapshot said of a change that it stands where another one does, batches may have been
    read wrongly by its word: nothing of that is believed any more, and all of them are opened again
    (:mod:`app.services.rereading`). It stays told, for a laptop of the centre lied.
    """
    bugs: tuple[Exception, ...] = ()
    false = uow.snapshots.contradicted()
    if false:
        uow.local.put(FALSE_PLACES, str(_number(uow, FALSE_PLACES) + false).encode())
        uow.snapshots.forget_places()
        bugs = tuple(rereading.read_again(uow, desk, envelope).bugs.values())
    else:
        uow.snapshots.forget_proven_places()
    put_behind(uow, None)
    uow.local.put(CLAIMED, None)
    _note_unproven(uow)
    uow.commit()
    return bugs


def count_unproven(uow: UnitOfWork, desk: Desk, envelope: Envelope) -> tuple[Exception, ...]:
    """The log was read to its end: see what of a snapshot it does not prove, also when it came by
    stick, or the log had to be read from its beginning after all; and look again when something was
    not proven, for its batch may have come meanwhile. Return what nobody expected. Commits."""
    if behind_of(uow) is not None:
        return ()
    if uow.local.get(CLAIMED) or uow.snapshots.has_places():
        return settle(uow, desk, envelope)
    if uow.local.get(UNPROVEN):
        _note_unproven(uow)
        uow.commit()
    return ()


def _note_unproven(uow: UnitOfWork) -> None:
    count = uow.snapshots.unproven()
    if count:
        uow.snapshots.let_unproven_wait()
    uow.local.put(UNPROVEN, str(count).encode() if count else None)


def _number(uow: UnitOfWork, name: str) -> int:
    return int(uow.local.get(name) or b"0")

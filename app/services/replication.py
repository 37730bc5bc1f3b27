"""Own changes out in sealed batches, other laptops' batches in: each step one transaction.

A batch is written before it is first tried, so a repeat is the same batch. It counts as received by
the region only once it was seen in the verified, chained log (an answer alone is not proof). What
arrives is folded into the log whatever its order; a batch that cannot be used is set aside, counted
and shown, and holds nothing else up. Storage thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.errors import EnvironmentFault
from app.services import evidence, ledger, twin_watch
from app.services.arrivals import Arrived, Taken, weight_of
from app.services.audit_evidence import note_told_head
from app.services.batch_ports import REVOKED_DEVICE, AsideBatch
from app.services.behind import forget_unless_before
from app.services.cycles import no_search_for_cycles
from app.services.evidence import note_fork as _note_fork
from app.services.ports import (
    Cursor,
    Desk,
    Envelope,
    FieldKey,
    OpenedBatch,
    SealedBatch,
    UnitOfWork,
    UnusableBatch,
    WaitingBatch,
)
from app.services.sealing import seal_pending
from app.services.sweep import ASIDE_TRIED, note_sweep, sweep_of
from app.services.sync_facts import SyncTimes, note_attempt, sync_view
from app.services.urgent import holds_urgent

__all__ = [
    "ASIDE_TRIED",
    "MAY_OPEN_LATER",
    "UNUSABLE",
    "Arrived",
    "Outbox",
    "SyncTimes",
    "Taken",
    "fall_back",
    "note_attempt",
    "outbox",
    "retry_set_aside",
    "seal_pending",
    "set_aside",
    "sync_view",
    "take",
    "take_ready",
    "take_uncommitted",
]

UNUSABLE: Final = "batch_unusable"
"""It opened, and taking it in failed: nobody expected that, and a newer program may do better."""

OF_ANOTHER_CENTRE: Final = "batch_wrong_centre"

MAY_OPEN_LATER: Final = frozenset(
    {"batch_unknown_device", "batch_unknown_key", "batch_unknown_version", UNUSABLE}
)
"""Reasons that end when a grant, a key or a newer program comes."""

AT_ONCE: Final = 60
BYTES_AT_ONCE: Final = 1 << 20
"""So much of what was set aside or waited is tried in one transaction, and one batch more: what is
saved meanwhile waits no longer, and a power cut costs no more."""

WEIGHT_AT_ONCE: Final = 16 << 20
"""So much of what was opened is folded in in one transaction, and one batch more: a kilobyte that a
laptop sealed may hold fifty thousand changes. About the bytes that it takes in memory; a full batch
of honest files weighs as much as that."""

_REFUSED_WEIGHT: Final = 256 << 10
"""Opened in vain, which takes a moment, and stays in nobody's memory."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where a session starts: the cursor, and the batches that the verified log lacks."""

    cursor: Cursor | None
    batches: int
    size: int


def outbox(uow: UnitOfWork) -> Outbox:
    """Return where a session starts."""
    count, size = uow.batches.waiting()
    return Outbox(uow.batches.cursor(), count, size)


def take(
    uow: UnitOfWork,
    desk: Desk,
    envelope: Envelope,
    arrived: Sequence[Arrived],
    cursor: Cursor | None,
    *,
    with_waiting: bool = True,
) -> Taken:
    """Take batches in: rows, log, conflicts and cursor in one transaction, as many as one should
    (``done`` of the answer tells how many: call it again with the rest). Commits.

    ``cursor`` is where the log was verified up to with all of them, or None for a stick; it moves
    to behind what was taken in. A known batch only has its position noted. One that cannot be used
    is set aside with the reason; a stick may carry those of other centres, too, which are nobody's
    trouble. What waited for one of them is taken in with it, as much as one transaction should; the
    rest, or, without ``with_waiting``, all of it is left to :func:`take_ready`.
    """
    taken = take_uncommitted(uow, desk, envelope, arrived, cursor, with_waiting=with_waiting)
    uow.commit()
    return taken


def take_uncommitted(
    uow: UnitOfWork,
    desk: Desk,
    envelope: Envelope,
    arrived: Sequence[Arrived],
    cursor: Cursor | None,
    *,
    with_waiting: bool = True,
) -> Taken:
    """As :func:`take`; the caller commits."""
    page = _Page()
    with no_search_for_cycles():
        done = _take_page(uow, desk, envelope, arrived, page)
        if with_waiting:
            _take_waiting(uow, desk, envelope, page)
    uow.witness.note_places(
        [(one.position, one.chain) for one in arrived[:done] if one.position and one.chain]
    )
    at = cursor
    if cursor is not None:
        evidence.note_log(uow, desk, cursor.log_id)
        if done < len(arrived):
            at = arrived[done - 1].cursor_in(cursor.log_id)
    if at is not None:
        uow.batches.set_cursor(at)
    _note_contradictions(uow, desk)
    return replace(page.taken(), done=done, cursor=at)


def _take_page(
    uow: UnitOfWork, desk: Desk, envelope: Envelope, arrived: Sequence[Arrived], page: _Page
) -> int:
    """Take in the first of what arrived, at least one, until it is enough for one transaction;
    return how many."""
    for done, one in enumerate(arrived):
        if page.weight >= WEIGHT_AT_ONCE:
            return done
        if not uow.batches.is_held(one.id):
            unusable = _take_one(uow, desk, envelope, one, page)
            if unusable is not None:
                if one.position is not None or unusable.message_id != OF_ANOTHER_CENTRE:
                    page.set_aside += set_aside(uow, desk, one, unusable)
                continue
            page.came.append(one.id)
        elif one.position is not None:
            uow.batches.mark_seen(one.id, one.position)
    return len(arrived)


def take_ready(uow: UnitOfWork, desk: Desk, envelope: Envelope) -> Taken | None:
    """Take in some of the batches that waited for one that is here by now; None when there are
    none. Commits: called until then it is done, and cut anywhere it goes on."""
    ready = uow.aside.ready(AT_ONCE)
    if not ready:
        return None
    page = _Page()
    with no_search_for_cycles():
        for held in ready:
            if page.is_full:
                break
            # If it is of no use it waits for another one now, or is set aside: anything but ready.
            _try(uow, desk, envelope, held, page)
    _note_contradictions(uow, desk)
    uow.commit()
    return page.taken()


def retry_set_aside(
    uow: UnitOfWork, desk: Desk, envelope: Envelope, tried_with: bytes
) -> Taken | None:
    """Take in some of what was set aside and opens now that a grant, a key or a version has come;
    None when all was tried. Commits: called until then it is done, and cut anywhere it goes on
    where it was. What waits is looked at, too: its laptop may have been taken out. What waited for
    what came is left to :func:`take_ready`.

    ``tried_with`` names what the envelope holds: nothing is tried twice with the same.
    """
    sweep = sweep_of(uow, tried_with)
    if sweep is None:
        return None
    after, last = sweep
    page = _Page()
    some = uow.aside.kept(after=after, up_to=last, most=AT_ONCE, with_waiting=True)
    with no_search_for_cycles():
        for held in some:
            if page.is_full:
                break
            after = held.number
            _try(uow, desk, envelope, held, page)
        else:
            after = last if len(some) < AT_ONCE else after
    note_sweep(uow, after, last, tried_with)
    _note_contradictions(uow, desk)
    uow.commit()
    return page.taken()


def fall_back(uow: UnitOfWork, cursor: Cursor, start: Cursor) -> Cursor:
    """The log is another than we knew: go back to ``cursor`` and offer what lies after it again.

    What was read from a snapshot's place on, and is not here before it, is read from the ``start``
    of the log when that place is lost. Return where it is read on from. Commits.
    """
    at = start if forget_unless_before(uow, cursor.log_id, cursor.position) else cursor
    uow.blobs.forget_there()
    uow.batches.forget_positions_after(at.position)
    uow.batches.set_cursor(at)
    uow.commit()
    return at


@dataclass(slots=True)
class _Page:
    """What was done so far in one transaction."""

    batches: int = 0
    changes: int = 0
    set_aside: int = 0
    touched: dict[FieldKey, None] = field(default_factory=dict)
    bugs: list[Exception] = field(default_factory=list)
    came: list[bytes] = field(default_factory=list)
    """Batches taken in for which others may have waited."""
    tried: int = 0
    tried_bytes: int = 0
    """Of what was aside."""
    weight: int = 0
    """Of what was opened."""
    has_more: bool = False

    @property
    def is_full(self) -> bool:
        """Whether it is enough of what was aside for one transaction."""
        return (
            self.tried >= AT_ONCE
            or self.tried_bytes >= BYTES_AT_ONCE
            or self.weight >= WEIGHT_AT_ONCE
        )

    def taken(self) -> Taken:
        return Taken(
            self.batches,
            self.changes,
            self.set_aside,
            tuple(self.touched),
            tuple(self.bugs),
            self.has_more,
        )


def _take_one(
    uow: UnitOfWork, desk: Desk, envelope: Envelope, one: Arrived, page: _Page
) -> UnusableBatch | None:
    """Open a batch and fold it in, all of it or nothing; return why when it cannot be used.

    What nobody expected is the trouble of this batch alone: the others go on.
    """
    is_signed = False
    try:
        opened = envelope.open(one.content, uow.origins)
        is_signed = True
        if opened.is_revoked and _may_be_a_thiefs(uow, one):
            return UnusableBatch(REVOKED_DEVICE, is_signed=True)
        with uow.savepoint():
            if not one.was_here:
                twin_watch.note_arrived(uow, desk, envelope.device(), opened, one.position)
            touched = _keep(uow, desk, one, opened, envelope.device())
    except UnusableBatch as refusal:
        page.weight += _REFUSED_WEIGHT * refusal.is_signed
        if refusal.is_revoked and _may_be_a_thiefs(uow, one):
            return UnusableBatch(REVOKED_DEVICE, is_signed=True)
        return refusal
    except (EnvironmentFault, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # a bug of ours
        page.bugs.append(error)
        return UnusableBatch(UNUSABLE, is_signed=is_signed)
    page.weight += weight_of(opened.changes)
    page.batches += 1
    page.changes += len(opened.changes)
    page.touched |= dict.fromkeys(touched)
    return None


def _may_be_a_thiefs(uow: UnitOfWork, one: Arrived) -> bool:
    """Return whether a batch of a laptop that was taken out was neither here nor in the log."""
    return one.position is None and not one.was_here and uow.aside.place(one.id) is None


def _take_waiting(uow: UnitOfWork, desk: Desk, envelope: Envelope, page: _Page) -> None:
    """Take in what waited for a batch that came, then what waited for that, until nothing moves or
    it is enough for one transaction.

    A waiting batch is opened once for each batch that it names, however many wait.
    """
    page.tried, page.tried_bytes = 0, 0
    while page.came:
        came, page.came = page.came, []
        for held in uow.aside.waiting_for(came):
            if page.is_full:
                page.has_more = True
                return
            _try(uow, desk, envelope, held, page)


def _try(uow: UnitOfWork, desk: Desk, envelope: Envelope, held: AsideBatch, page: _Page) -> None:
    """Take in what was set aside, or note anew why that cannot be."""
    content = uow.batches.content(held.id)
    assert content is not None, "what is kept has its bytes"
    one = Arrived(held.id, content, held.position)
    page.tried += 1
    page.tried_bytes += len(content)
    unusable = _take_one(uow, desk, envelope, one, page)
    if unusable is None:
        page.came.append(held.id)
    elif unusable.message_id == REVOKED_DEVICE:
        # Its bytes are here already: they stay, though there be no room for a stranger's.
        set_aside(uow, desk, one, unusable)
        page.set_aside += held.reason == WaitingBatch.REASON  # news to people
    elif (unusable.message_id, unusable.is_signed) != (held.reason, held.is_signed):
        # Now that its laptop is known it can be carried on; or it proves to be damaged.
        uow.aside.take_back(held.id)
        set_aside(uow, desk, one, unusable)
    elif isinstance(unusable, WaitingBatch):
        set_aside(uow, desk, one, unusable)  # for another one than before


def set_aside(uow: UnitOfWork, desk: Desk, one: Arrived, why: UnusableBatch) -> bool:
    """Keep what cannot be used; return whether that is news to people: what waits for an earlier
    batch is whole, and no fault. The caller commits."""
    if isinstance(why, WaitingBatch):
        uow.aside.wait(
            SealedBatch(one.id, one.content),
            awaits=why.awaits,
            at_ms=desk.clock.now_ms(),
            position=one.position,
        )
        return False
    return uow.aside.put(
        SealedBatch(one.id, one.content),
        reason=why.message_id,
        at_ms=desk.clock.now_ms(),
        is_signed=why.is_signed,
        may_open_later=why.message_id in MAY_OPEN_LATER,
        position=one.position,
    )


def _keep(
    uow: UnitOfWork, desk: Desk, one: Arrived, opened: OpenedBatch, own: bytes
) -> tuple[FieldKey, ...]:
    """Keep a batch and fold its changes in; one that was set aside before is so no longer."""
    _note_fork(uow, desk, opened)
    evidence.note_batch(uow, opened)
    seen_at = uow.aside.take_back(one.id)
    touched = ledger.record(uow, desk.definitions, opened.changes, is_own=False)
    uow.batches.add(
        SealedBatch(one.id, one.content),
        device=opened.device,
        session=opened.session,
        number=opened.number,
        is_own=False,
        change_ids=[change.id for change in opened.changes],
        at_ms=desk.clock.now_ms(),
        # Carried for another, or own after a rebuild: it goes first all the same.
        is_urgent=holds_urgent(desk.definitions, opened.changes),
        position=seen_at if one.position is None else one.position,
    )
    note_told_head(uow, desk, opened, own)
    return touched


def _note_contradictions(uow: UnitOfWork, desk: Desk) -> None:
    """Two laptops of the centre were shown two logs: said once for all the batches that show it
    together."""
    for batch in uow.witness.contradicted()[:1]:
        evidence.note_other_history(uow, desk, batch)

"""Own changes out in sealed batches, other laptops' batches in: each step one transaction.

A batch is written before it is first tried, so a repeat is the same batch. It counts as received by
the region only once it was seen in the verified, chained log (an answer alone is not proof). What
arrives is folded into the log whatever its order; a batch that cannot be used is set aside, counted
and shown, and holds nothing else up. Storage thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from app.domain.change import Change
from app.domain.errors import DomainError, EnvironmentFault
from app.services import evidence, ledger
from app.services.batch_ports import REVOKED_DEVICE
from app.services.behind import forget_unless_before
from app.services.cycles import no_search_for_cycles
from app.services.evidence import note_fork as _note_fork
from app.services.former_places import note_former_places
from app.services.ports import (
    BatchOutline,
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
from app.services.sync_facts import SyncTimes, note_attempt, sync_view
from app.services.urgent import urgent_first

__all__ = [
    "MAY_OPEN_LATER",
    "Arrived",
    "Outbox",
    "SyncTimes",
    "Taken",
    "fall_back",
    "note_attempt",
    "outbox",
    "retry_set_aside",
    "seal_pending",
    "sync_view",
    "take",
    "take_ready",
]

BATCH_BYTES_WANTED: Final = (1 << 18) + 286
"""What surrounds a padded content, and the largest one of 256 KiB: from there on the steps of the
padding are twice as wide. A cut costs no more than the bytes on the air, however large a batch is,
and a small one compresses badly: 64 kB weigh a fifth more a change."""

CHANGES_AT_ONCE: Final = 32_000
"""About what fills a batch. Nothing else is done meanwhile: some two seconds, for a thousand files
that were registered or imported without a network; a day's work is sealed in no time."""

NO_BATCH: Final = bytes(32)

WITH_ORIGINS: Final = 2
"""The format that names what a change replaces by its place in the log."""

UNUSABLE: Final = "batch_unusable"
"""It opened, and taking it in failed: nobody expected that, and a newer program may do better."""

OF_ANOTHER_CENTRE: Final = "batch_wrong_centre"

MAY_OPEN_LATER: Final = frozenset(
    {"batch_unknown_device", "batch_unknown_key", "batch_unknown_version", UNUSABLE}
)
"""Reasons that end when a grant, a key or a newer program comes."""

_ASIDE_TRIED: Final = "sync/aside_tried"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A batch as it came: its name, its bytes, its position in the log and the chain there (None
    from a stick). ``was_here``: it comes out of the files of this very laptop."""

    id: bytes
    content: bytes
    position: int | None
    chain: bytes | None = None
    was_here: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What one page did: new batches and changes, what was set aside, fields that changed; and
    what nobody expected, for the log."""

    batches: int
    changes: int
    set_aside: int
    touched: tuple[FieldKey, ...]
    bugs: tuple[Exception, ...] = ()


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where a session starts: the cursor, and the batches that the verified log lacks."""

    cursor: Cursor | None
    batches: int
    size: int


def seal_pending(uow: UnitOfWork, desk: Desk, envelope: Envelope) -> int:
    """Seal waiting changes into one batch, those of urgent records first, then the oldest; return
    how many, or 0. Commits."""
    note_former_places(uow, envelope)
    changes, urgent = urgent_first(desk.definitions, uow.changes.pending(CHANGES_AT_ONCE))
    if not changes:
        return 0
    session = desk.stamper.session
    number, previous = uow.batches.last_of_session(session) or (0, NO_BATCH)
    outline = BatchOutline(session, number + 1, previous, uow.batches.cursor())
    sealed, changes = _seal(uow, envelope, outline, changes)
    uow.batches.add(
        sealed,
        session=session,
        number=number + 1,
        is_own=True,
        change_ids=[change.id for change in changes],
        at_ms=desk.clock.now_ms(),
        is_urgent=urgent > 0,
    )
    uow.commit()
    return len(changes)


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
    """Take batches in: rows, log, conflicts and cursor in one transaction. Commits.

    ``cursor`` is where the log was verified up to with them, or None for a stick. A known batch
    only has its position noted. One that cannot be used is set aside with the reason; a stick may
    carry those of other centres, too, which are nobody's trouble. What waited for one of them is
    taken in with it, or, without ``with_waiting``, left to :func:`take_ready`.
    """
    with no_search_for_cycles():
        page = _take_page(uow, desk, envelope, arrived)
        if with_waiting:
            _take_waiting(uow, desk, envelope, page)
    uow.witness.note_places(
        [(one.position, one.chain) for one in arrived if one.position and one.chain]
    )
    if cursor is not None:
        evidence.note_log(uow, desk, cursor.log_id)
        uow.batches.set_cursor(cursor)
    _note_contradictions(uow, desk)
    uow.commit()
    return page.taken()


def _take_page(
    uow: UnitOfWork, desk: Desk, envelope: Envelope, arrived: Sequence[Arrived]
) -> _Page:
    page = _Page()
    for one in arrived:
        if not uow.batches.is_held(one.id):
            unusable = _take_one(uow, desk, envelope, one, page)
            if unusable is not None:
                if one.position is not None or unusable.message_id != OF_ANOTHER_CENTRE:
                    page.set_aside += _set_aside(uow, desk, one, unusable)
                continue
            page.came.append(one.id)
        elif one.position is not None:
            uow.batches.mark_seen(one.id, one.position)
    return page


def take_ready(uow: UnitOfWork, desk: Desk, envelope: Envelope, most: int) -> Taken | None:
    """Take in at most so many of the batches that waited for one that is here by now; None when
    there are none. Commits."""
    ready = uow.aside.ready(most)
    if not ready:
        return None
    page = _Page()
    with no_search_for_cycles():
        for held in ready:
            content = uow.batches.content(held.id)
            assert content is not None, "what waits has its bytes"
            one = Arrived(held.id, content, held.position)
            unusable = _take_one(uow, desk, envelope, one, page)
            if unusable is not None:
                # It waits for another one now, or is of no use: anything but ready.
                page.set_aside += _set_aside(uow, desk, one, unusable)
    _note_contradictions(uow, desk)
    uow.commit()
    return page.taken()


def retry_set_aside(uow: UnitOfWork, desk: Desk, envelope: Envelope, tried_with: bytes) -> Taken:
    """Take in what was set aside and opens now that a grant, a key or a version has come. Commits.

    ``tried_with`` names what the envelope holds: nothing is tried twice with the same. The note of
    it is written with what was taken, so that a power cut in between tries again.
    """
    if uow.local.get(_ASIDE_TRIED) == tried_with:
        return Taken(0, 0, 0, ())
    page = _Page()
    for held in uow.aside.kept():
        content = uow.batches.content(held.id)
        assert content is not None, "what is kept has its bytes"
        one = Arrived(held.id, content, held.position)
        unusable = _take_one(uow, desk, envelope, one, page)
        now = (unusable.message_id, unusable.is_signed) if unusable else None
        if unusable is not None and now != (held.reason, held.is_signed):
            # Now that its laptop is known it can be carried on; or it proves to be damaged.
            uow.aside.take_back(held.id)
            _set_aside(uow, desk, one, unusable)
        elif unusable is None:
            page.came.append(held.id)
    _take_waiting(uow, desk, envelope, page)
    _note_contradictions(uow, desk)
    uow.local.put(_ASIDE_TRIED, tried_with)
    uow.commit()
    return page.taken()


def fall_back(uow: UnitOfWork, cursor: Cursor) -> None:
    """The log is another than we knew: go back to ``cursor`` and offer what lies after it again.

    What was read from a snapshot's place on, and is not here before it, is read from the beginning
    when that place is lost. Commits.
    """
    forget_unless_before(uow, cursor.log_id, cursor.position)
    uow.blobs.forget_there()
    uow.batches.forget_positions_after(cursor.position)
    uow.batches.set_cursor(cursor)
    uow.commit()


def _seal(
    uow: UnitOfWork, envelope: Envelope, outline: BatchOutline, changes: tuple[Change, ...]
) -> tuple[SealedBatch, tuple[Change, ...]]:
    """Seal as many of the first changes as make a batch of about the wanted size, in the most
    compact format that every other laptop of the centre was heard to know."""
    formats = uow.devices.format_of_all(envelope.readers())
    origins = uow.origins if formats is None or formats >= WITH_ORIGINS else None
    while True:
        try:
            sealed = envelope.seal(outline, changes, origins)
        except DomainError as refusal:
            if refusal.message_id != "batch_over_limit" or len(changes) == 1:
                raise
            share = 0.5
        else:
            if len(sealed.content) <= BATCH_BYTES_WANTED or len(changes) == 1:
                return sealed, changes
            share = 0.98 * BATCH_BYTES_WANTED / len(sealed.content)
        changes = changes[: max(1, int(len(changes) * share))]


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

    def taken(self) -> Taken:
        return Taken(
            self.batches, self.changes, self.set_aside, tuple(self.touched), tuple(self.bugs)
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
        if opened.is_revoked and one.position is None and not one.was_here:
            return UnusableBatch(REVOKED_DEVICE, is_signed=True)
        with uow.savepoint():
            touched = _keep(uow, desk, one, opened)
    except UnusableBatch as refusal:
        return refusal
    except (EnvironmentFault, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # a bug of ours
        page.bugs.append(error)
        return UnusableBatch(UNUSABLE, is_signed=is_signed)
    page.batches += 1
    page.changes += len(opened.changes)
    page.touched |= dict.fromkeys(touched)
    return None


def _take_waiting(uow: UnitOfWork, desk: Desk, envelope: Envelope, page: _Page) -> None:
    """Take in what waited for a batch that came, then what waited for that, until nothing moves.

    A waiting batch is opened once for each batch that it names, however many wait.
    """
    while page.came:
        came, page.came = page.came, []
        for held in uow.aside.waiting_for(came):
            content = uow.batches.content(held.id)
            assert content is not None, "what waits has its bytes"
            one = Arrived(held.id, content, held.position)
            unusable = _take_one(uow, desk, envelope, one, page)
            if unusable is None:
                page.came.append(held.id)
            else:
                page.set_aside += _set_aside(uow, desk, one, unusable)


def _set_aside(uow: UnitOfWork, desk: Desk, one: Arrived, why: UnusableBatch) -> bool:
    """Keep what cannot be used; return whether that is news to people: what waits for an earlier
    batch is whole, and no fault."""
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


def _keep(uow: UnitOfWork, desk: Desk, one: Arrived, opened: OpenedBatch) -> tuple[FieldKey, ...]:
    """Keep a batch and fold its changes in; one that was set aside before is so no longer."""
    _note_fork(uow, desk, opened)
    evidence.note_batch(uow, opened)
    seen_at = uow.aside.take_back(one.id)
    touched = ledger.record(uow, desk.definitions, opened.changes, is_own=False)
    uow.batches.add(
        SealedBatch(one.id, one.content),
        session=opened.session,
        number=opened.number,
        is_own=False,
        change_ids=[change.id for change in opened.changes],
        at_ms=desk.clock.now_ms(),
        position=seen_at if one.position is None else one.position,
    )
    return touched


def _note_contradictions(uow: UnitOfWork, desk: Desk) -> None:
    """Two laptops of the centre were shown two logs: said once for all the batches that show it
    together."""
    for batch in uow.witness.contradicted()[:1]:
        evidence.note_other_history(uow, desk, batch)

"""Fills a new database from sealed batches, and from what could be read of the damaged one.

Everything passes through the use cases that took it in the first time, so what is derived is what
it was. Storage thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.domain.change import Change
from app.services import ledger, replication
from app.services.behind import Behind
from app.services.ports import Cursor, Desk, Envelope, UnitOfWork
from app.services.replication import Arrived

__all__ = [
    "LogPlace",
    "LogPlan",
    "lacking_before",
    "plan_log",
    "take_batches",
    "take_changes",
]

ChainAfter = Callable[[bytes, bytes], bytes]

PAGE_BYTES: Final = 1 << 20
CHANGES_AT_ONCE: Final = 2_000
NOTHING: Final = b"rebuilt"


@dataclass(frozen=True, slots=True)
class LogPlace:
    """What stands at a position of the log; ``chain`` is None when it was not known.

    ``is_kept``: the bytes of the batch are worth keeping; a batch that can never be used is not.
    """

    batch: bytes
    chain: bytes | None
    is_kept: bool


@dataclass(frozen=True, slots=True)
class LogPlan:
    """How much of the verified log is still here, without a gap."""

    cursor: Cursor | None
    first: int
    """The first position of it. Above 1 the log before it is still to be fetched."""

    def has(self, position: int) -> bool:
        """Return whether the batch at this position counts as seen."""
        return self.cursor is not None and self.first <= position <= self.cursor.position


def plan_log(
    places: Mapping[int, LogPlace],
    cursor: Cursor | None,
    held: Callable[[bytes], bool],
    start: bytes,
    chain_after: ChainAfter,
    *,
    reads_backwards: bool,
) -> LogPlan:
    """Return how far the log can be called verified again.

    A place counts when the batch is ``held`` (or never was to be kept) and its chain follows from
    the one before; ``start`` is the chain at 0. What does not count is fetched again: it costs
    bytes, and nothing else. ``reads_backwards``: this laptop was fetching the log behind a
    snapshot, from its end.
    """
    nothing = LogPlan(None, 1)
    if cursor is None:
        return nothing

    def counts(position: int) -> bool:
        place = places.get(position)
        if place is None or place.chain is None or not (held(place.batch) or not place.is_kept):
            return False
        before = places.get(position - 1)
        chain = start if position == 1 else before.chain if before else None
        return chain is None or chain_after(chain, place.batch) == place.chain

    top = places.get(cursor.position)
    is_top_right = top is None or top.chain == cursor.chain
    if reads_backwards and is_top_right:
        first = cursor.position + 1
        while first > 1 and counts(first - 1):
            first -= 1
        return LogPlan(cursor, first)
    last = 0
    while last < cursor.position and counts(last + 1):
        last += 1
    chain = places[last].chain if last else None
    if chain is None:
        return nothing if cursor.position else LogPlan(cursor, 1)
    return LogPlan(Cursor(cursor.log_id, last, chain), 1)


def lacking_before(
    plan: LogPlan, places: Mapping[int, LogPlace], was: Behind | None
) -> Behind | None:
    """Return which part of the log a laptop goes on reading backwards; None when all is here.

    ``was`` is what lacked when that was last written beside the batches. Only where the chain
    before is known can be gone on from; else all before the cursor is read again, which costs bytes
    and nothing else.
    """
    cursor = plan.cursor
    if cursor is None or plan.first == 1:
        return None
    start = was.start if was is not None else plan.first
    if was is not None and plan.first <= was.position <= cursor.position + 1:
        return was
    before = places.get(plan.first - 1)
    if before is not None and before.chain is not None and plan.first <= cursor.position:
        return Behind(plan.first, max(start, plan.first), before.chain)
    return Behind(cursor.position + 1, max(start, cursor.position + 1), cursor.chain)


def take_batches(
    open_unit: Callable[[], UnitOfWork],
    desk: Desk,
    envelope: Envelope,
    arrived: Iterable[Arrived],
    cursor_at: Callable[[int], Cursor | None] = lambda _: None,
) -> Iterator[replication.Taken]:
    """Take batches in, page by page, those with a place in the log first and in its order; yield
    what each page did. ``cursor_at`` gives the cursor behind a position."""
    for page in _pages(arrived):
        position = page[-1].position
        while page:
            with open_unit() as uow:
                cursor = None if position is None else cursor_at(position)
                taken = replication.take(uow, desk, envelope, page, cursor)
                yield taken
            page = page[taken.done :]
    # What awaited another one: all are here now.
    yield from _portions(
        open_unit, lambda uow: replication.retry_set_aside(uow, desk, envelope, NOTHING)
    )
    yield from _portions(open_unit, lambda uow: replication.take_ready(uow, desk, envelope))


def _portions(
    open_unit: Callable[[], UnitOfWork], work: Callable[[UnitOfWork], replication.Taken | None]
) -> Iterator[replication.Taken]:
    while True:
        with open_unit() as uow:
            taken = work(uow)
        if taken is None:
            return
        yield taken


def take_changes(
    open_unit: Callable[[], UnitOfWork], desk: Desk, changes: Iterable[tuple[Change, bool]]
) -> int:
    """Take in changes that no batch gave; those made here wait to be sealed. Return how many."""
    count = 0
    for part, is_own in _runs(changes):
        with open_unit() as uow:
            ledger.record(uow, desk.definitions, part, is_own=is_own)
            uow.commit()
        count += len(part)
    return count


def _pages(arrived: Iterable[Arrived]) -> Iterator[list[Arrived]]:
    page: list[Arrived] = []
    size = 0
    for one in arrived:
        is_other = bool(page) and (one.position is None) != (page[-1].position is None)
        if page and (size + len(one.content) > PAGE_BYTES or is_other):
            yield page
            page, size = [], 0
        page.append(replace(one, was_here=True))
        size += len(one.content)
    if page:
        yield page


def _runs(changes: Iterable[tuple[Change, bool]]) -> Iterator[tuple[list[Change], bool]]:
    part: list[Change] = []
    was_own = False
    for change, is_own in changes:
        if part and (is_own != was_own or len(part) >= CHANGES_AT_ONCE):
            yield part, was_own
            part = []
        part.append(change)
        was_own = is_own
    if part:
        yield part, was_own

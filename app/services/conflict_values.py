"""What is told of values that met: who wrote each, where and when, and what that person had seen.

Of a field in which more met than people read, the newest of each laptop are told and the rest is
counted: a malicious laptop seals fifty thousand in a kilobyte, and must not hide a colleague's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from app.domain.change import Change, ChangeId, RecordId
from app.domain.lineage import Lineage, by_stamp, distinct, said, same_value
from app.services.conflict_models import ConflictValue, TimeQuality, Undone
from app.services.ports import ChangeSource, Desk, UnitOfWork
from app.services.turns import Turns
from app.services.values import stored_text

__all__ = ["TOLD_MAX", "last_undone", "name_of", "newest", "undone_of", "value_rows"]

TOLD_MAX: Final = 20
"""So many different values are shown beside each other."""

_CLOCKS_APART_MS: Final = 24 * 60 * 60 * 1000
"""So much later than now is no slip of a clock that is set by hand."""


def newest(
    uow: UnitOfWork, heads: Sequence[Change], shown: Change, lineage: Lineage
) -> list[Change]:
    """Return those of the changes of a field that are told, the newest first: what ``shown`` says,
    at most :data:`TOLD_MAX` different values with it, and at most as many further changes that say
    one of these. Of more than that, those of each laptop in turn, its newest first."""
    turns = Turns(uow, lineage)
    others = [one for one in heads if not same_value(one.value, shown.value)]
    told = {one.id: one for one in (shown, *turns.values(others, TOLD_MAX - 1))}
    told_values = {said(one.value) for one in told.values()}
    alike = [one for one in heads if one.id not in told and said(one.value) in told_values]
    every = [*told.values(), *turns.changes(alike, TOLD_MAX)]
    return sorted(every, key=by_stamp, reverse=True)


def value_rows(
    uow: UnitOfWork,
    desk: Desk,
    changes: Sequence[Change],
    lineage: Lineage,
    letters: Mapping[bytes, str],
) -> tuple[ConflictValue, ...]:
    """Return what is told of changes of one field, in their order. ``letters`` gives the letter of
    each laptop of the centre by its device id."""
    sources = uow.changes.sources([lineage.written_by(one).id for one in changes])
    return tuple(_value(uow, desk, one, lineage, sources, letters) for one in changes)


def undone_of(uow: UnitOfWork, decision: Change, lineage: Lineage) -> Undone | None:
    """Return that a decision was undone, and by whom first; None when it was not."""
    back = lineage.undoing(decision.id)
    if not back:
        return None
    return Undone(decision.value, name_of(uow, back[0]), back[0].stamp.wall_ms)


def last_undone(uow: UnitOfWork, decisions: Iterable[ChangeId], lineage: Lineage) -> Undone | None:
    """Return which of these decisions was undone last, and by whom; None when none was."""
    known = lineage.known(dict.fromkeys(decisions))
    undone = [one for one in known if lineage.undoing(one.id)]
    if not undone:
        return None
    last = max(undone, key=lambda one: lineage.undoing(one.id)[0].stamp.wall_ms)
    return undone_of(uow, last, lineage)


def name_of(uow: UnitOfWork, change: Change) -> str:
    """Return the name of who wrote a change, empty when it is not known here."""
    return stored_text(uow.records.fields(RecordId(change.author)), "name")


def _value(
    uow: UnitOfWork,
    desk: Desk,
    head: Change,
    lineage: Lineage,
    sources: Mapping[ChangeId, ChangeSource],
    letters: Mapping[bytes, str],
) -> ConflictValue:
    written = lineage.written_by(head)
    source = sources.get(written.id, ChangeSource(is_here=False, device=None))
    letter = letters.get(source.device or b"", "")
    before = lineage.known(written.bases)
    return ConflictValue(
        change_id=head.id,
        value=head.value,
        author=written.author,
        author_name=name_of(uow, written),
        at_ms=written.stamp.wall_ms,
        is_own=written.author == desk.actor.id,
        is_here=source.is_here,
        device_letter=letter or (desk.device_letter if source.is_here else ""),
        time=_time_of(written, before, desk.clock.now_ms()),
        before=tuple(one.value for one in distinct(before)[:TOLD_MAX]),
        is_before_unknown=len(before) < len(written.bases),
        is_reopened=lineage.is_reopened(head),
    )


def _time_of(change: Change, before: Sequence[Change], now_ms: int) -> TimeQuality:
    at_ms = change.stamp.wall_ms
    if at_ms > now_ms + _CLOCKS_APART_MS:
        return TimeQuality.AHEAD
    if any(one.stamp.wall_ms > at_ms for one in before):
        return TimeQuality.BEHIND
    return TimeQuality.FITS

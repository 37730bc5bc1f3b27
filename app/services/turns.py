"""Of values that more laptops wrote than people read, some of each: whose turn it is to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from app.domain.change import Change, ChangeId
from app.domain.lineage import Lineage, by_stamp, distinct, said
from app.services.ports import ChangeSource, UnitOfWork

__all__ = ["Turns"]


class Turns:
    """Whose turn it is among the changes of one field: that of each laptop on which they were
    written, as far as it is known here. What it reads of a change it reads once."""

    def __init__(self, uow: UnitOfWork, lineage: Lineage) -> None:
        self._uow = uow
        self._lineage = lineage
        self._laptops: dict[ChangeId, ChangeSource | None] = {}

    def values(self, changes: Sequence[Change], most: int) -> list[Change]:
        """Return one change for each different value, the latest first; of more values than
        ``most`` so many, of each laptop in turn, its newest first. A value that several laptops
        wrote is told once, in the first of their turns."""
        latest = distinct(changes)
        if len(latest) <= most:
            return latest
        self._read(changes)
        of_laptops: dict[Hashable, Change] = {}
        for one in _newest_first(changes):
            of_laptops.setdefault((self._laptops[one.id], said(one.value)), one)
        told: dict[Hashable, Change] = {}
        for one in self._in_turn(list(of_laptops.values())):
            told.setdefault(said(one.value), one)
        return _newest_first(list(told.values())[:most])

    def changes(self, changes: Sequence[Change], most: int) -> list[Change]:
        """Return these changes, the latest first; of more than ``most`` so many, of each laptop in
        turn, its newest first."""
        newest_first = _newest_first(changes)
        if len(newest_first) <= most:
            return newest_first
        self._read(changes)
        return _newest_first(self._in_turn(newest_first)[:most])

    def _in_turn(self, newest_first: Sequence[Change]) -> list[Change]:
        return _turns(newest_first, lambda one: self._laptops[one.id])

    def _read(self, changes: Sequence[Change]) -> None:
        """Find out where changes were written that were not looked at yet."""
        unread = [one for one in changes if one.id not in self._laptops]
        if not unread:
            return
        written = [self._lineage.written_by(one).id for one in unread]
        sources = self._uow.changes.sources(list(dict.fromkeys(written)))
        for one, first in zip(unread, written, strict=True):
            self._laptops[one.id] = sources.get(first)


def _turns(changes: Sequence[Change], group_of: Callable[[Change], Hashable]) -> list[Change]:
    """Return the changes, the first of each group, then the second of each, and so on."""
    so_far = Counter[Hashable]()
    turn_of: dict[ChangeId, int] = {}
    for one in changes:
        group = group_of(one)
        turn_of[one.id] = so_far[group]
        so_far[group] += 1
    return sorted(changes, key=lambda one: turn_of[one.id])


def _newest_first(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=by_stamp, reverse=True)

"""Of values that more laptops wrote than people read, some of each: whose turn it is to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from app.domain.change import AuthorId, Change, ChangeId
from app.domain.lineage import Lineage, by_stamp, distinct, said
from app.services.ports import ChangeSource, UnitOfWork

__all__ = ["Turns"]

_Writer = tuple[ChangeSource | None, AuthorId]


class Turns:
    """Whose turn it is among the changes of one field: that of each laptop from which they came,
    and in its turns that of each of the people whom they name. What it reads of a change it reads
    once.

    A laptop is the one that signed the first batch with the change that is kept here. That proves
    that this laptop of the centre had the change, not that it was written there: whoever seals what
    a colleague wrote, before her batch is here, has it told in its own turns. Whom a change names
    is proved by nothing, and a malicious laptop may name as many as it likes: therefore they share
    the turns of their laptop, and take none of another's.
    """

    def __init__(self, uow: UnitOfWork, lineage: Lineage) -> None:
        self._uow = uow
        self.lineage = lineage
        self._writers: dict[ChangeId, _Writer] = {}

    def values(self, changes: Sequence[Change], most: int) -> list[Change]:
        """Return one change for each different value, the latest first; of more values than
        ``most`` so many, of each laptop in turn, its newest first. A value that several laptops
        wrote is told once, in the first of their turns."""
        latest = distinct(changes)
        if len(latest) <= most:
            return latest
        self._read(changes)
        of_people: dict[Hashable, Change] = {}
        for one in _newest_first(changes):
            of_people.setdefault((self._writers[one.id], said(one.value)), one)
        told: dict[Hashable, Change] = {}
        for one in self._in_turn(list(of_people.values())):
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
        of_people = _turns(newest_first, lambda one: self._writers[one.id])
        return _turns(of_people, lambda one: self._writers[one.id][0])

    def _read(self, changes: Sequence[Change]) -> None:
        """Find out who wrote those of the changes, and where, that were not looked at yet."""
        unread = [one for one in changes if one.id not in self._writers]
        if not unread:
            return
        written = [self.lineage.written_by(one) for one in unread]
        sources = self._uow.changes.sources(list(dict.fromkeys(one.id for one in written)))
        for one, first in zip(unread, written, strict=True):
            self._writers[one.id] = sources.get(first.id), first.author


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

"""Which fields of whose cases somebody may read in a list over all cases: asked once for each kind
of field, and for each case only where the answer depends on it. Storage thread, reads only."""

from __future__ import annotations

from app.domain.change import RecordId
from app.domain.permission import OPEN_RELATIONS
from app.services.access import reach_of, seen_by, worker
from app.services.case_file import cases_of
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.reach import Reach

__all__ = ["Readable", "open_conflicts"]


class Readable:
    """Whether who works may read a field, by an act that lists fields of all cases."""

    def __init__(self, uow: UnitOfWork, desk: Desk | None, act: str) -> None:
        self._uow = uow
        self._desk = worker(uow, desk)
        self._seen = seen_by(uow, self._desk, act)
        self._reaches: dict[RecordId | None, Reach] = {}
        self._everywhere: dict[tuple[str, str], bool] = {}

    @property
    def hidden(self) -> frozenset[RecordId]:
        """The cases of which she must not know."""
        return self._seen.hidden

    def __call__(self, key: FieldKey) -> bool:
        """Return whether she may read it."""
        if not self._seen.closed and self._is_open_everywhere(key.kind, key.field):
            return True
        cases = cases_of(self._uow, key.record_id, key.kind)
        open_cases = [one for one in cases if one not in self._seen.closed]
        if cases and not open_cases:
            return False
        if self._is_open_everywhere(key.kind, key.field):
            return True
        held = self._uow.records.fields(key.record_id)
        reach = self._reach(open_cases[0] if open_cases else None)
        return reach.closed(key.kind, key.field, held) is None

    def _is_open_everywhere(self, kind: str, name: str) -> bool:
        found = self._everywhere.get((kind, name))
        if found is None:
            who = (self._desk.definitions, self._desk.actor.id, self._desk.actor.held)
            found = all(Reach(*who, one).reads_any(kind, name) for one in OPEN_RELATIONS)
            self._everywhere[kind, name] = found
        return found

    def _reach(self, case_id: RecordId | None) -> Reach:
        if case_id not in self._reaches:
            self._reaches[case_id] = reach_of(self._uow, self._desk, case_id)
        return self._reaches[case_id]


def open_conflicts(uow: UnitOfWork, desk: Desk | None) -> tuple[FieldKey, ...]:
    """Return the fields in which a person has to choose, of those that who works may read."""
    keys = uow.records.conflicts()
    readable = Readable(uow, desk, "see_conflicts") if keys else None
    return tuple(one for one in keys if readable is not None and readable(one))

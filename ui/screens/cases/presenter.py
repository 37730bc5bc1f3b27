"""What the list shows and how the search follows the keys. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services import casework, conflicts, whereabouts
from app.services.looks import SEARCH_CASES, note_look
from app.services.ports import UnitOfWork
from app.services.read_models import CaseFilter, CaseRow, SheetItem
from app.services.whereabouts_ports import CentreLaptops
from app.services.workplace import StorageRunner, Workplace

__all__ = ["CasesPresenter", "CasesView", "Listed"]

PAGE: Final = 500
"""Rows shown at once; whoever looks for another one searches."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list shows: rows, how many there are in all, and the search they answer."""

    rows: tuple[CaseRow, ...]
    total: int
    query: str
    twice: frozenset[str] = frozenset()
    """Numbers that more than one of these rows bears: copies of a laptop gave the same."""


@dataclass(frozen=True, slots=True)
class Known:
    """What one must know before acting on a case: how to reach the person, and how many of its
    fields have several values."""

    notes: tuple[SheetItem, ...] = ()
    conflicts: int = 0


class CasesView(Protocol):
    """What the page can show."""

    def show_cases(self, listed: Listed) -> None:
        """Show these rows."""

    def show_known(self, case_id: RecordId, known: Known) -> None:
        """Show what one must know before acting on a case."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class CasesPresenter:
    """Decides what the list shows. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: CasesView) -> None:
        self._runner = runner
        self._desk = workplace.desk
        self._laptops = workplace.laptops
        self._view = view
        self._wanted: tuple[str, CaseFilter] = ("", CaseFilter())
        self._is_looking = False
        self._is_stale = False
        self._asked_of: RecordId | None = None

    @property
    def filter(self) -> CaseFilter:
        """The filter in force."""
        return self._wanted[1]

    @property
    def query(self) -> str:
        """What is looked for; empty for the whole list."""
        return self._wanted[0]

    def search(self, text: str) -> None:
        """Show the cases that match; an empty text shows the list again."""
        if text.strip() and not self._wanted[0]:
            # That somebody searches is noted, and not what for; a full disk stops no search.
            self._runner.on_storage(
                lambda uow: note_look(uow, self._desk, SEARCH_CASES), lambda _: None, lambda _: None
            )
        self._wanted = (text.strip(), self._wanted[1])
        self.look()

    def show_only(self, filter: CaseFilter) -> None:
        """Show the cases that the filter lets through."""
        self._wanted = (self._wanted[0], filter)
        self.look()

    def look(self) -> None:
        """Ask the disk. While it answers, further keys only leave a note: one more look follows,
        for what stands in the search box then, never one for each letter."""
        if self._is_looking:
            self._is_stale = True
            return
        self._is_looking, self._is_stale = True, False
        query, filter = self._wanted
        self._runner.on_storage(_looked_up(self._laptops, query, filter), self._found, self._failed)

    def choose(self, case_id: RecordId) -> None:
        """Ask what one must know before reaching the person of this case. While the disk
        answers, the same question is not asked twice."""
        if self._asked_of == case_id:
            return
        self._asked_of = case_id

        def look(uow: UnitOfWork) -> Known:
            notes = casework.contact_notes(uow, self._desk, case_id)
            return Known(notes, conflicts.count_of(uow, case_id))

        def answered(known: Known) -> None:
            self._asked_of = None
            self._view.show_known(case_id, known)

        def failed(fault: QispiError) -> None:
            self._asked_of = None
            self._view.show_fault(fault)

        self._runner.on_storage(look, answered, failed)

    def _found(self, listed: Listed) -> None:
        self._is_looking = False
        if self._is_stale:
            self.look()
        else:
            self._view.show_cases(listed)

    def _failed(self, fault: QispiError) -> None:
        self._is_looking = False
        self._view.show_fault(fault)


def _looked_up(
    laptops: CentreLaptops, query: str, filter: CaseFilter
) -> Callable[[UnitOfWork], Listed]:
    def look(uow: UnitOfWork) -> Listed:
        total = casework.count_cases(uow, filter)
        if query:
            rows = casework.search_cases(uow, query, PAGE)
            if filter.risk_level is not None:
                rows = tuple(row for row in rows if row.risk_level == filter.risk_level)
            if filter.only_conflicts:
                rows = tuple(row for row in rows if row.has_conflict)
        else:
            rows = casework.list_cases(uow, filter, 0, PAGE)
        places = whereabouts.of_cases(uow, laptops, [row.case_id for row in rows])
        rows = tuple(replace(row, place=places[row.case_id]) for row in rows)
        borne = Counter(row.code for row in rows if row.code)
        twice = frozenset(code for code, count in borne.items() if count > 1)
        return Listed(rows, total, query, twice)

    return look

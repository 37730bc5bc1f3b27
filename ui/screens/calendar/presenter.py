"""The days and distances of the centre: what shows, what is written, taken back and restored. No
Qt.

What is typed is a draft until it is added: a half written day moves no term, and a lock loses it
neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from app.domain.change import RecordId
from app.domain.errors import DomainError, QispiError
from app.domain.form import Form, Problem
from app.domain.value import Value
from app.domain.work_calendar import DaySort
from app.services import work_calendar
from app.services.calendar_draft import draft, forget_draft, keep_draft
from app.services.forms import problem_of
from app.services.ports import Desk, UnitOfWork
from app.services.values import day_of
from app.services.work_calendar import (
    CALENDAR_FORM,
    DISTANCE_FORM,
    CalendarRow,
    Distance,
)
from app.services.workplace import StorageRunner

__all__ = ["FORMS", "CalendarPresenter", "CalendarView", "Found", "Remarks"]

FORMS: Final = (CALENDAR_FORM, DISTANCE_FORM)

FIRST_YEAR: Final = 2015
"""Ley 30364 is of that year; the centre's own days before it show all the same."""

_YEARS_AHEAD: Final = 2
_NEEDED: Final = Problem("calendar_answer_needed", {})
_DAY_NAMES: Final = frozenset({"day", "last_day", "sort", "district", "reason", "legal_basis"})
_DISTANCE_NAMES: Final = frozenset({"district", "days", "source", "valid_from"})
_BESIDE: Final[Mapping[str, str]] = {
    "calendar_days_reversed": "last_day",
    "calendar_days_too_many": "last_day",
    "district_unknown": "district",
    "distance_days_out_of_range": "days",
}
"""Beside which field a refusal is said, by its message id."""

Remarks = Mapping[str, Problem]
"""What does not fit, by name of the record's field."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows of one year."""

    year: int
    years: tuple[int, ...]
    days: tuple[CalendarRow, ...]
    distances: tuple[Distance, ...]


class CalendarView(Protocol):
    """What the page can show."""

    def show_found(self, found: Found) -> None:
        """Show the days of a year, and the distances."""

    def show_draft(self, form_id: str, values: Mapping[str, Value]) -> None:
        """Show what someone began to write before, unless something is being written."""

    def show_kept(self, form_id: str) -> None:
        """What is being written is on the disk."""

    def show_not_kept(self, fault: QispiError) -> None:
        """What is being written is not on the disk; the next save takes it along."""

    def show_remarks(self, form_id: str, remarks: Remarks) -> None:
        """Say beside the fields what does not fit; nothing was added."""

    def show_added(self, form_id: str, record_id: RecordId) -> None:
        """It was added."""

    def show_removed(self, count: int) -> None:
        """Something was taken back, or restored: ``count`` can still be undone."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class CalendarPresenter:
    """Shows and changes the calendar. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: CalendarView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self._year = desk.clock.today().year
        self._removed: list[RecordId] = []
        self._is_adding = False

    @property
    def year(self) -> int:
        """The year that shows."""
        return self._year

    def form(self, form_id: str) -> Form:
        """Return the definition of one of the two forms."""
        return self._desk.definitions.form(form_id)

    def look(self) -> None:
        """Ask the disk for the year and the distances."""
        year = self._year
        self._runner.on_storage(
            lambda uow: self._find(uow, year), self._view.show_found, self._view.show_fault
        )

    def look_for_drafts(self) -> None:
        """Ask for what was begun and not added, for instance before a lock."""
        for form_id in FORMS:
            self._runner.on_storage(
                lambda uow, form_id=form_id: draft(uow, form_id),  # type: ignore[misc]
                lambda values, form_id=form_id: self._drafted(form_id, values),  # type: ignore[misc]
                self._view.show_fault,
            )

    def choose_year(self, year: int) -> None:
        """Show another year."""
        self._year = year
        self.look()

    def keep(self, form_id: str, values: Mapping[str, Value]) -> None:
        """Keep what is being written; it counts for nothing yet."""
        self._runner.on_storage(
            lambda uow: keep_draft(uow, form_id, values),
            lambda _: self._view.show_kept(form_id),
            self._view.show_not_kept,
        )

    def discard(self, form_id: str) -> None:
        """Forget what was being written."""

        def work(uow: UnitOfWork) -> None:
            forget_draft(uow, form_id)
            uow.commit()

        self._runner.on_storage(
            work, lambda _: self._view.show_kept(form_id), self._view.show_fault
        )

    def add(self, form_id: str, values: Mapping[str, Value]) -> None:
        """Add a day, or write a distance, or say what does not fit. One at a time: a second press
        would add the same day again."""
        if self._is_adding:
            return
        remarks = self._remarks(form_id, values)
        self._view.show_remarks(form_id, remarks)
        if remarks:
            return
        self._is_adding = True

        def work(uow: UnitOfWork) -> RecordId:
            forget_draft(uow, form_id)
            return _WRITE[form_id](uow, self._desk, values)

        def added(record_id: RecordId) -> None:
            self._is_adding = False
            first = _day(values.get("day"))
            if first is not None:
                self._year = first.year
            self._view.show_added(form_id, record_id)
            self.look()

        def failed(fault: QispiError) -> None:
            self._is_adding = False
            name = _BESIDE.get(fault.message_id)
            if isinstance(fault, DomainError) and name is not None:
                problem = Problem(fault.message_id, fault.parameters)
                self._view.show_remarks(form_id, {name: problem})
            else:
                self._view.show_fault(fault)

        self._runner.on_storage(work, added, failed)

    def remove(self, form_id: str, record_id: RecordId) -> None:
        """Take a day or a distance back."""
        take_back = {
            CALENDAR_FORM: work_calendar.remove_day,
            DISTANCE_FORM: work_calendar.remove_distance,
        }[form_id]

        def removed(_: None) -> None:
            self._removed.append(record_id)
            self._changed()

        self._runner.on_storage(
            lambda uow: take_back(uow, self._desk, record_id), removed, self._view.show_fault
        )

    def undo(self) -> None:
        """Restore what was taken back last."""
        if not self._removed:
            return
        record_id = self._removed.pop()

        def failed(fault: QispiError) -> None:
            self._removed.append(record_id)
            self._view.show_fault(fault)

        self._runner.on_storage(
            lambda uow: work_calendar.restore(uow, self._desk, record_id),
            lambda _: self._changed(),
            failed,
        )

    def _changed(self) -> None:
        self._view.show_removed(len(self._removed))
        self.look()

    def _drafted(self, form_id: str, values: Mapping[str, Value] | None) -> None:
        if values:
            self._view.show_draft(form_id, values)

    def _find(self, uow: UnitOfWork, year: int) -> Found:
        this_year = self._desk.clock.today().year
        usual = range(FIRST_YEAR, max(this_year, FIRST_YEAR) + _YEARS_AHEAD + 1)
        years = {*usual, year, *work_calendar.own_years(uow)}
        return Found(
            year,
            tuple(sorted(years)),
            work_calendar.list_days(uow, self._desk, year),
            work_calendar.list_distances(uow),
        )

    def _remarks(self, form_id: str, values: Mapping[str, Value]) -> dict[str, Problem]:
        remarks: dict[str, Problem] = {}
        for field in self.form(form_id).fields():
            value = values.get(field.field)
            is_blank = value is None or (isinstance(value, str) and not value.strip())
            if is_blank:
                problem = _NEEDED if field.needed_to_validate else None
            else:
                problem = problem_of(self._desk.definitions, field, value)
            if problem is not None:
                remarks[field.field] = problem
        return remarks


def _add_day(uow: UnitOfWork, desk: Desk, values: Mapping[str, Value]) -> RecordId:
    first = _day(values.get("day"))
    assert first is not None, "looked at before"
    return work_calendar.add_day(
        uow,
        desk,
        first,
        DaySort(_text(values, "sort")),
        last=_day(values.get("last_day")),
        district=_text(values, "district"),
        reason=_text(values, "reason"),
        legal_basis=_text(values, "legal_basis"),
        more=_others(values, _DAY_NAMES),
    )


def _set_distance(uow: UnitOfWork, desk: Desk, values: Mapping[str, Value]) -> RecordId:
    days = values.get("days")
    assert isinstance(days, int), "looked at before"
    return work_calendar.set_distance(
        uow,
        desk,
        _text(values, "district"),
        days,
        source=_text(values, "source"),
        valid_from=_day(values.get("valid_from")),
        more=_others(values, _DISTANCE_NAMES),
    )


_WRITE: Final[Mapping[str, Callable[[UnitOfWork, Desk, Mapping[str, Value]], RecordId]]] = {
    CALENDAR_FORM: _add_day,
    DISTANCE_FORM: _set_distance,
}


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _day(value: Value) -> date | None:
    return day_of(value) if isinstance(value, str) else None


def _others(values: Mapping[str, Value], known: frozenset[str]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name not in known}

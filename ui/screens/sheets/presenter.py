"""The recovery sheets: state, a new set, custody, drill. No Qt.

The rows of a set that is being made are held here until it is kept or given up, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from app.domain.errors import QispiError
from app.services import recovery_sheets
from app.services.ports import UnitOfWork
from app.services.recovery_sheets import Custody, Drill, Making, SheetsState
from app.services.sheet_ports import RecoverySheet, Rows
from app.services.workplace import StorageRunner, Workplace

__all__ = ["SheetsPresenter", "SheetsView"]


T = TypeVar("T")


class SheetsView(Protocol):
    """What the page can show."""

    def show_state(self, state: SheetsState) -> None:
        """Show what is known of the sheets."""

    def show_making(self, making: Making) -> None:
        """Three sheets were drawn: print them, then ask for these rows."""

    def show_sheet(self, number: int, pdf: bytes) -> None:
        """Show one sheet as it will print."""

    def show_kept(self, name: str, *, is_here: bool) -> None:
        """The new set opens this laptop from now on. ``is_here``, here and below: who asked for it
        did not go on to something else meanwhile, which stays then."""

    def show_given_up(self) -> None:
        """The making was given up: nothing changed."""

    def show_drilled(self, done: Drill, *, is_here: bool) -> None:
        """The two sheets open this laptop."""

    def show_adopted(self, name: str, *, is_here: bool) -> None:
        """The set of the centre opens this laptop, too."""

    def show_custody_noted(self, *, together: bool) -> None:
        """Who keeps the sheets was noted; ``together``: two of them are in one hand or place."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class SheetsPresenter:
    """The sheets of one laptop. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: SheetsView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._view = view
        self._making: Making | None = None
        self._is_keeping = False
        """The set that is being made is about to open this laptop: it is given up no more."""
        self._turns = 0
        """Rises when the page goes on to something else."""

    @property
    def making(self) -> Making | None:
        """The set that is being made."""
        return self._making

    def open(self) -> None:
        """Show how it stands."""
        place = self._workplace
        self._runner.on_storage(
            lambda uow: recovery_sheets.state(uow, place.desk, place.sheets),
            self._view.show_state,
            self._view.show_fault,
        )

    def turn(self) -> Callable[[], bool]:
        """The page goes on to something else: what was asked for before takes it nowhere any more.
        Return what says whether it is still at that."""
        self._turns += 1
        turns = self._turns
        return lambda: turns == self._turns

    def make(self) -> None:
        """Draw a new set; a set that was being made is given up with that."""
        if self._is_keeping:
            return
        place = self._workplace
        is_here = self.turn()

        def drawn(making: Making) -> None:
            if is_here():  # else nobody waits for it, and nothing was printed of it
                self._making = making
                self._view.show_making(making)

        self._runner.on_storage(
            lambda uow: recovery_sheets.draw(uow, place.desk, place.sheets),
            drawn,
            self._view.show_fault,
        )

    def show_sheet(self, number: int) -> None:
        """Draw one sheet of the set that is being made."""
        making = self._making
        if making is None:
            return
        place = self._workplace
        sheet = next(one for one in making.drawn.sheets if one.number == number)
        day = place.desk.clock.today()
        paper = RecoverySheet(sheet, making.drawn.name, f"{day:%d/%m/%Y}")

        def shown(pdf: bytes) -> None:
            if self._making is making:  # it may have been given up meanwhile
                self._view.show_sheet(number, pdf)

        self._runner.on_storage(
            lambda _: place.documents.recovery_sheet(paper), shown, self._view.show_fault
        )

    def keep(self, typed: Mapping[int, str]) -> None:
        """Let the new set open this laptop, if these rows are those of its paper."""
        making = self._making
        if making is None or self._is_keeping:
            return
        place = self._workplace
        self._is_keeping = True
        is_here = self.turn()

        def kept(_: None) -> None:
            self._making, self._is_keeping = None, False
            self._view.show_kept(making.drawn.name, is_here=is_here())
            self.open()

        self._runner.on_storage(
            lambda uow: recovery_sheets.keep(uow, place.desk, place.sheets, making, typed),
            kept,
            self._failed,
        )

    def give_up(self) -> None:
        """Forget the set that is being made, or drawn."""
        if self._is_keeping:
            return
        self.turn()
        if self._making is not None:
            self._making = None
            self._view.show_given_up()

    def drill(self, one: Rows, other: Rows) -> None:
        """Try whether two sheets open this laptop, and note it."""
        place, is_here = self._workplace, self.turn()

        def done(drill: Drill) -> None:
            self._view.show_drilled(drill, is_here=is_here())
            self.open()

        self._do(lambda uow: recovery_sheets.drill(uow, place.desk, place.sheets, one, other), done)

    def adopt(self, one: Rows, other: Rows) -> None:
        """Let the set that the centre has for another laptop open this one, too."""
        place, is_here = self._workplace, self.turn()

        def done(name: str) -> None:
            self._view.show_adopted(name, is_here=is_here())
            self.open()

        self._do(lambda uow: recovery_sheets.adopt(uow, place.desk, place.sheets, one, other), done)

    def note_custody(self, custody: Sequence[Custody]) -> None:
        """Note who keeps A, B and C, and where."""
        place = self._workplace
        together = recovery_sheets.are_kept_together(custody)
        self._runner.on_storage(
            lambda uow: recovery_sheets.note_custody(uow, place.desk, place.sheets, custody),
            lambda _: self._view.show_custody_noted(together=together),
            self._view.show_fault,
        )

    def _do(self, work: Callable[[UnitOfWork], T], done: Callable[[T], None]) -> None:
        self._runner.on_storage(work, done, self._view.show_fault)

    def _failed(self, fault: QispiError) -> None:
        self._is_keeping = False
        self._view.show_fault(fault)
        self.open()  # which set opens it now, the file says

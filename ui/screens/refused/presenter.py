"""A batch that could not be used, shown as it will print, printed and carried away. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.errors import QispiError
from app.services import refusals
from app.services.paper_files import stage_paper
from app.services.ports import UnitOfWork
from app.services.refusals import RefusalSheet
from app.services.workplace import StorageRunner, Workplace

__all__ = ["RefusedPresenter", "RefusedView", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A refused batch with its paper."""

    sheet: RefusalSheet
    pdf: bytes


class RefusedView(Protocol):
    """What the page can show."""

    def show_refused(self, shown: Shown) -> None:
        """Show the batch and its paper."""

    def print_paper(self, shown: Shown) -> None:
        """Print it: it was noted that it leaves."""

    def show_written(self) -> None:
        """A file was written."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class RefusedPresenter:
    """One refused batch. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: RefusedView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._view = view
        self.batch_id: bytes | None = None

    def open(self, batch_id: bytes | None) -> None:
        """Show a batch; None takes the one before away."""
        self.batch_id = batch_id
        if batch_id is not None:
            self._runner.on_storage(
                lambda uow: self._shown(uow, batch_id), self._found, self._view.show_fault
            )

    def print(self) -> None:
        """Note that what it holds leaves, then print."""
        batch_id = self.batch_id
        if batch_id is None:
            return

        def leave(uow: UnitOfWork) -> Shown:
            shown = self._shown(uow, batch_id)
            refusals.note_leaves(uow, self._workplace.desk, batch_id, "print")
            return shown

        self._runner.on_storage(leave, self._view.print_paper, self._view.show_fault)

    def write(self, target: Path) -> None:
        """Write the paper as a file and note that it leaves; it takes its name once it was
        noted."""
        batch_id = self.batch_id
        if batch_id is None:
            return

        def leave(uow: UnitOfWork) -> None:
            staged = stage_paper(target, self._shown(uow, batch_id).pdf)
            try:
                refusals.note_leaves(uow, self._workplace.desk, batch_id, "pdf")
            except BaseException:
                staged.discard()
                raise
            staged.place()

        self._runner.on_storage(leave, lambda _: self._view.show_written(), self._view.show_fault)

    def export(self, target: Path) -> None:
        """Write the sealed bytes as a file for the region."""
        batch_id, desk = self.batch_id, self._workplace.desk
        if batch_id is not None:
            self._runner.on_storage(
                lambda uow: refusals.export_sealed(uow, desk, batch_id, target),
                lambda _: self._view.show_written(),
                self._view.show_fault,
            )

    def _found(self, shown: Shown) -> None:
        if shown.sheet.row.id == self.batch_id:  # another one was opened meanwhile
            self._view.show_refused(shown)

    def _shown(self, uow: UnitOfWork, batch_id: bytes) -> Shown:
        place = self._workplace
        sheet = refusals.refusal_sheet(uow, place.desk, place.laptops, place.centre, batch_id)
        return Shown(sheet, place.documents.refusal(sheet))

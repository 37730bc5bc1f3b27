"""A batch that could not be used, shown as it will print, printed and carried away. No Qt."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from app.domain.errors import QispiError
from app.services import refusals
from app.services.paper_files import stage_paper
from app.services.ports import UnitOfWork
from app.services.refusals import RefusalSheet, RefusedRow
from app.services.workplace import StorageRunner, Workplace

__all__ = ["GONE", "RefusedPresenter", "RefusedView", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A refused batch with its paper."""

    sheet: RefusalSheet
    pdf: bytes
    count: int
    """How many of its values the paper shows, from the first one."""


PREVIEW_MAX: Final = 60
"""So many values are drawn to be looked at: some two pages."""

GONE: Final = "refusal_gone"
"""It is refused no longer."""


class RefusedView(Protocol):
    """What the page can show."""

    def show_preparing(self) -> None:
        """The whole paper is being drawn: that may take seconds."""

    def show_refused(self, shown: Shown) -> None:
        """Show the batch and its paper."""

    def show_written(self, row: RefusedRow, *, is_sealed: bool) -> None:
        """A file was written of this batch: its paper, or the sealed bytes."""

    def show_fault(self, fault: QispiError, row: RefusedRow | None = None) -> None:
        """Something could not be done; ``row``: what of this batch was to leave did not."""


class RefusedPresenter:
    """One refused batch. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: RefusedView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._view = view
        self.batch_id: bytes | None = None
        self._shown: Shown | None = None

    def open(self, batch_id: bytes | None) -> None:
        """Show a batch; None takes the one before away."""
        self.batch_id, self._shown = batch_id, None
        self.refresh()

    def refresh(self) -> None:
        """Something was sent or received: what the paper says may have changed."""
        batch_id, shown = self.batch_id, self._shown
        if batch_id is None:
            return

        def failed(fault: QispiError) -> None:
            if batch_id == self.batch_id:
                self._failed(fault)

        if shown is None:
            self._read(batch_id, self._found, failed)
            return
        stands = (shown.sheet.row, shown.sheet.beside)

        def looked(found: tuple[RefusedRow, tuple[bytes, ...]]) -> None:
            if found != stands and batch_id == self.batch_id:
                self._read(batch_id, self._found, failed)

        self._runner.on_storage(
            lambda uow: refusals.refused_row(uow, self._workplace.laptops, batch_id), looked, failed
        )

    def print(self, on_paper: Callable[[Shown], None]) -> None:
        """Note that what it holds leaves, then print it so."""
        if self._shown is None:
            return
        row = self._shown.sheet.row

        def leave(shown: Shown) -> None:
            self._runner.on_storage(
                lambda uow: refusals.note_leaves(uow, self._workplace.desk, row.id, "print"),
                lambda _: on_paper(shown),
                lambda fault: self._view.show_fault(fault, row),
            )

        self._draw_whole(row, leave)

    def write(self, target: Path) -> None:
        """Write the paper as a file and note that it leaves; it takes its name once it was
        noted."""
        if self._shown is None:
            return
        row = self._shown.sheet.row

        def leave(uow: UnitOfWork, shown: Shown) -> None:
            staged = stage_paper(target, shown.pdf)
            try:
                refusals.note_leaves(uow, self._workplace.desk, row.id, "pdf")
            except BaseException:
                staged.discard()
                raise
            staged.place()

        self._draw_whole(
            row,
            lambda shown: self._runner.on_storage(
                lambda uow: leave(uow, shown),
                lambda _: self._view.show_written(row, is_sealed=False),
                lambda fault: self._view.show_fault(fault, row),
            ),
        )

    def export(self, target: Path) -> None:
        """Write the sealed bytes as a file for the region."""
        shown, desk = self._shown, self._workplace.desk
        if shown is not None:
            row = shown.sheet.row
            self._runner.on_storage(
                lambda uow: refusals.export_sealed(uow, desk, row.id, target),
                lambda _: self._view.show_written(row, is_sealed=True),
                lambda fault: self._view.show_fault(fault, row),
            )

    def _found(self, sheet: RefusalSheet) -> None:
        """Draw how the paper begins."""
        if sheet.row.id != self.batch_id:
            return  # another one was opened meanwhile
        left_out = max(0, len(sheet.entries) - PREVIEW_MAX)
        begin = dataclasses.replace(sheet, entries=sheet.entries[:PREVIEW_MAX], left_out=left_out)

        def drawn(pdf: bytes) -> None:
            if sheet.row.id == self.batch_id:
                self._shown = Shown(sheet, pdf, len(begin.entries))
                self._view.show_refused(self._shown)

        def failed(fault: QispiError) -> None:
            if sheet.row.id == self.batch_id:
                self._view.show_fault(fault)

        self._draw(begin, drawn, failed)

    def _read(
        self,
        batch_id: bytes,
        found: Callable[[RefusalSheet], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        place = self._workplace
        self._runner.on_storage(
            lambda uow: refusals.refusal_sheet(
                uow, place.desk, place.laptops, place.centre, batch_id
            ),
            found,
            failed,
        )

    def _failed(self, fault: QispiError, row: RefusedRow | None = None) -> None:
        """``row``: the one that was to leave; None, the one that shows."""
        if fault.message_id == GONE and (row is None or row.id == self.batch_id):
            self._shown = None  # should it come back, it is drawn
        self._view.show_fault(fault, row)

    def _draw_whole(self, row: RefusedRow, drawn: Callable[[Shown], None]) -> None:
        """Draw all of the paper as it is now; another may show before it is done."""
        self._view.show_preparing()

        def failed(fault: QispiError) -> None:
            self._failed(fault, row)

        self._read(
            row.id,
            lambda sheet: self._draw(
                sheet, lambda pdf: drawn(Shown(sheet, pdf, len(sheet.entries))), failed
            ),
            failed,
        )

    def _draw(
        self,
        sheet: RefusalSheet,
        drawn: Callable[[bytes], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Draw a paper page by page, each in its turn on the storage thread: what somebody saves
        meanwhile is saved between two pages."""
        steps = self._workplace.documents.refusal(sheet)

        def step(_: UnitOfWork) -> bytes | None:
            try:
                next(steps)
            except StopIteration as ended:
                pdf: bytes = ended.value
                return pdf
            return None

        def went(pdf: bytes | None) -> None:
            if pdf is None:
                self._runner.on_storage(step, went, failed)
            else:
                drawn(pdf)

        went(None)

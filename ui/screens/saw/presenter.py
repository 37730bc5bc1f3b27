"""Who saw a case, what of it they wrote, printed or carried away. No Qt."""

from __future__ import annotations

from typing import Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services import register
from app.services.ports import Desk
from app.services.register import Register, RegisterRow
from app.services.workplace import StorageRunner

__all__ = ["SawPresenter", "SawView"]


class SawView(Protocol):
    """What the page can show."""

    def show_entries(self, rows: tuple[RegisterRow, ...], *, has_more: bool) -> None:
        """Show these entries, the newest first."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class SawPresenter:
    """The entries of one case. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: SawView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self.case_id: RecordId | None = None
        self._rows: tuple[RegisterRow, ...] = ()
        self._next: int | None = None
        self._asked = 0
        """Counts what was asked for: only the answer to the last one shows, and once."""

    def open(self, case_id: RecordId) -> None:
        """Show the newest entries of a case."""
        self.case_id, self._rows, self._next = case_id, (), None
        self._read(None)

    def more(self) -> None:
        """Show the entries before those that show."""
        if self._next is not None:
            self._read(self._next)

    def _read(self, before: int | None) -> None:
        case_id, desk = self.case_id, self._desk
        if case_id is None:
            return
        self._asked += 1
        asked = self._asked

        def found(page: Register) -> None:
            if asked == self._asked:
                self._rows += page.rows
                self._next = page.next
                self._view.show_entries(self._rows, has_more=page.next is not None)

        self._runner.on_storage(
            lambda uow: register.who_saw(uow, desk, case_id, before=before),
            found,
            self._view.show_fault,
        )

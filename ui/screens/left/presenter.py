"""Whether it still holds that somebody left: a colleague may have mended it, and only an exchange
brings that here. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from app.domain.errors import DomainError, QispiError
from app.services import access
from app.services.read_models import SyncReport
from app.services.workplace import StorageRunner, Workplace

__all__ = ["LeftPresenter", "LeftView"]

_ACT: Final = "enter"


class LeftView(Protocol):
    """What the page can show."""

    def show_busy(self) -> None:
        """An exchange goes on."""

    def show_still(self) -> None:
        """It ended, and nothing says that she did not leave."""

    def show_fault(self, fault: QispiError) -> None:
        """It could not be done: say why."""

    def enter(self) -> None:
        """She works here again."""


class LeftPresenter:
    """Exchanges, and asks again. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: LeftView) -> None:
        self._runner = runner
        self._desk = workplace.desk
        self._sync = workplace.sync
        self._view = view
        self._is_busy = False

    def look_in_region(self) -> None:
        """Synchronise by network, and ask again."""
        if self._begin():
            self._sync.sync_now(lambda _: None, self._ended)

    def look_on_stick(self, folder: Path) -> None:
        """Exchange with a stick, and ask again."""
        if self._begin():
            self._sync.sync_folder(folder, lambda _: None, self._ended)

    def _begin(self) -> bool:
        was_busy, self._is_busy = self._is_busy, True
        if not was_busy:
            self._view.show_busy()
        return not was_busy

    def _ended(self, report: SyncReport) -> None:
        # Also of one that failed: what came before that is here.
        self._runner.on_storage(
            lambda uow: access.may(uow, self._desk, _ACT) is None,
            lambda is_back: self._told(report, is_back=is_back),
            self._refused,
        )

    def _told(self, report: SyncReport, *, is_back: bool) -> None:
        self._is_busy = False
        if is_back:
            self._view.enter()
        elif report.failure is not None:
            self._view.show_fault(DomainError(report.failure))
        else:
            self._view.show_still()

    def _refused(self, fault: QispiError) -> None:
        self._is_busy = False
        self._view.show_fault(fault)

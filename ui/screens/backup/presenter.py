"""Backups: how it stands with them, making one, trying one. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from app.domain.errors import DomainError, QispiError
from app.services import backups
from app.services.backup_ports import BackupProgress, BackupReport
from app.services.backups import BackupState
from app.services.workplace import StorageRunner, Workplace

__all__ = ["BackupPresenter", "BackupView"]


class BackupView(Protocol):
    """What the page can show."""

    def show_state(self, state: BackupState) -> None:
        """Say when the last one was made and tried."""

    def show_begun(self) -> None:
        """One is being made or tried."""

    def show_progress(self, progress: BackupProgress) -> None:
        """How far that is."""

    def show_made(self, report: BackupReport) -> None:
        """One was made, or not."""

    def show_tried(self, report: BackupReport) -> None:
        """One was tried, or did not open."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be read."""


class BackupPresenter:
    """Makes and tries backups. GUI thread only; no words are kept in here."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: BackupView) -> None:
        self._runner = runner
        self._desk = workplace.desk
        self._backups = workplace.backups
        self._view = view
        self._is_running = False

    @property
    def is_running(self) -> bool:
        """Whether one is being made or tried."""
        return self._is_running

    def look(self) -> None:
        """Ask the disk how it stands."""
        desk = self._desk
        self._runner.on_storage(
            lambda uow: backups.state(uow, desk), self._view.show_state, self._view.show_fault
        )

    def make(self, place: Path) -> None:
        """Make a backup in a folder."""
        if not self._begin():
            return
        self._backups.make(place, self._view.show_progress, self._made)

    def try_out(self, place: Path, words: str) -> None:
        """Open the newest backup of a folder."""
        if not words:
            self._view.show_tried(BackupReport(fault=DomainError("trial_incomplete")))
        elif self._begin():
            self._backups.try_out(place, words, self._view.show_progress, self._tried)

    def cancel(self) -> None:
        """Stop it."""
        self._backups.cancel()

    def _begin(self) -> bool:
        if self._is_running:
            return False
        self._is_running = True
        self._view.show_begun()
        return True

    def _made(self, report: BackupReport) -> None:
        self._is_running = False
        self._view.show_made(report)
        self.look()

    def _tried(self, report: BackupReport) -> None:
        self._is_running = False
        self._view.show_tried(report)
        self.look()

"""The state of the synchronisation, a run of it, and the stick. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from app.domain.errors import QispiError
from app.services import evidence
from app.services.read_models import SyncProgress, SyncReport, SyncView
from app.services.strays import put_strays_away
from app.services.sync_facts import sync_view
from app.services.sync_page import SyncPage, sync_page
from app.services.workplace import StorageRunner, Workplace

__all__ = ["SyncPageView", "SyncPresenter"]


class SyncPageView(Protocol):
    """What the page can show."""

    @property
    def is_looked_at(self) -> bool:
        """Whether the page shows: else the facts of the status sentence are enough."""

    def show_view(self, view: SyncView) -> None:
        """Say what is true now, in the status sentence."""

    def show_whole(self, page: SyncPage) -> None:
        """Show what is true now."""

    def show_progress(self, progress: SyncProgress) -> None:
        """A run goes on."""

    def show_report(self, report: SyncReport) -> None:
        """A run ended."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class SyncPresenter:
    """Starts runs and shows what is true. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: SyncPageView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._sync = workplace.sync
        self._view = view
        self._going = 0
        self._is_stopping = False

    @property
    def is_running(self) -> bool:
        """Whether a run goes on, or waits behind one that was stopped."""
        return self._going > 0

    @property
    def may_begin(self) -> bool:
        """Whether a wish for a run begins one: none goes on, or only one that was stopped."""
        return self._going == 0 or self._is_stopping

    @property
    def is_enrolled(self) -> bool:
        """Whether this laptop belongs to a centre; before that a run only says so."""
        return self._sync.is_enrolled

    def look(self) -> None:
        """Ask the disk for the facts: all of them for who looks at the page."""
        if not self._view.is_looked_at:
            self._runner.on_storage(
                lambda uow: sync_view(uow, with_cases=False),
                self._view.show_view,
                self._view.show_fault,
            )
            return
        desk, laptops = self._workplace.desk, self._workplace.laptops
        self._runner.on_storage(
            lambda uow: sync_page(uow, desk, laptops), self._shown, self._view.show_fault
        )

    def sync_now(self, *, is_automatic: bool = False) -> None:
        """Synchronise by network. ``is_automatic``: nobody asked for it."""
        self._begin()
        self._sync.sync_now(self._view.show_progress, self._ended, is_automatic=is_automatic)

    def use_stick(self, folder: Path) -> None:
        """Exchange batches with a folder on a stick."""
        self._begin()
        self._sync.sync_folder(folder, self._view.show_progress, self._ended)

    def cancel(self) -> None:
        """Stop at the next safe point."""
        self._is_stopping = self.is_running
        self._sync.cancel()

    def put_strays_away(self) -> None:
        """Show no longer what nobody of the centre signed, until more of it comes."""
        self._runner.on_storage(put_strays_away, lambda _: self.look(), self._view.show_fault)

    def _shown(self, page: SyncPage) -> None:
        self._view.show_whole(page)
        self._view.show_view(page.view)
        if page.view.unseen:
            self._runner.on_storage(
                evidence.note_seen, lambda _: self.look(), self._view.show_fault
            )

    def _begin(self) -> None:
        self._going += 1
        self._is_stopping = False

    def _ended(self, report: SyncReport) -> None:
        self._going -= 1
        if not self._going:  # else it was stopped, and what was wished for since goes on
            self._is_stopping = False
            self._view.show_report(report)
        self.look()

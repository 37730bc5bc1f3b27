"""The state of the synchronisation, a run of it, and the stick. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from app.domain.errors import QispiError
from app.services import evidence
from app.services.answered_facts import forget_fallen, note_answered
from app.services.ports import UnitOfWork
from app.services.read_models import SyncFact, SyncProgress, SyncReport, SyncView
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

    def show_begun(self, *, is_stick: bool) -> None:
        """A run begins."""

    def show_going(self) -> None:
        """Such a run goes on already, or waits."""

    def show_queued(self, *, is_stick: bool) -> None:
        """A run waits behind the one that goes on."""

    def show_progress(self, progress: SyncProgress) -> None:
        """The run that began last goes on."""

    def show_report(self, report: SyncReport) -> None:
        """It ended."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


@dataclass(slots=True, eq=False)
class _Run:
    """A run that was wished for: with the folder of a stick, or by network (None)."""

    place: Path | None
    is_stopped: bool = False


class SyncPresenter:
    """Starts runs and shows what is true. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: SyncPageView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._sync = workplace.sync
        self._view = view
        self._runs: list[_Run] = []
        """Those that did not end yet, in the order in which they are done."""

    @property
    def is_running(self) -> bool:
        """Whether a run goes on, or waits behind one that was stopped."""
        return bool(self._runs)

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
        self._look_at_all(noted=())

    def sync_now(self, *, is_automatic: bool = False) -> None:
        """Synchronise by network; behind a stick that is being used. ``is_automatic``: nobody
        asked for it."""
        run = self._wish(None)
        if run is not None:
            self._sync.sync_now(*self._listeners(run), is_automatic=is_automatic)

    def use_stick(self, folder: Path) -> None:
        """Exchange batches with a folder on a stick; behind a run that goes on."""
        run = self._wish(folder)
        if run is not None:
            self._sync.sync_folder(folder, *self._listeners(run))

    def cancel(self) -> None:
        """Stop at the next safe point, and what waits behind, too."""
        for run in self._runs:
            run.is_stopped = True
        self._sync.cancel()

    def put_strays_away(self) -> None:
        """Show no longer what nobody of the centre signed, until more of it comes."""
        self._runner.on_storage(put_strays_away, lambda _: self.look(), self._view.show_fault)

    def answer(self, facts: Sequence[SyncFact]) -> None:
        """Somebody told the region of these facts, or read them: they give way until their numbers
        rise."""
        self._runner.on_storage(
            lambda uow: note_answered(uow, facts), lambda _: self.look(), self._view.show_fault
        )

    def _look_at_all(self, noted: tuple[str, ...]) -> None:
        """Ask the disk for all of it; ``noted`` is of what it was just noted that somebody looks at
        it."""
        desk, laptops = self._workplace.desk, self._workplace.laptops
        self._runner.on_storage(
            lambda uow: sync_page(uow, desk, laptops),
            partial(self._shown, noted),
            self._view.show_fault,
        )

    def _shown(self, noted: tuple[str, ...], page: SyncPage) -> None:
        self._view.show_whole(page)
        self._view.show_view(page.view)
        unseen = page.view.unseen
        # What cannot be noted, or comes again at once, would be looked for without end.
        if not set(unseen) <= set(noted):
            self._runner.on_storage(
                evidence.note_seen,
                lambda _: self._look_at_all(noted=(*noted, *unseen)),
                self._view.show_fault,
            )

    @property
    def _first(self) -> _Run | None:
        """The run that is told of: the first one that nobody stopped, if there is such a one."""
        first = next((one for one in self._runs if not one.is_stopped), None)
        return first or (self._runs[0] if self._runs else None)

    def _wish(self, place: Path | None) -> _Run | None:
        """Return a new run, or None when one to the same place goes on or waits."""
        going = [one for one in self._runs if not one.is_stopped]
        if any(one.place == place for one in going):
            self._view.show_going()
            return None
        run = _Run(place)
        self._runs.append(run)
        if going:
            self._view.show_queued(is_stick=place is not None)
        else:
            self._view.show_begun(is_stick=place is not None)
        return run

    def _listeners(
        self, run: _Run
    ) -> tuple[Callable[[SyncProgress], None], Callable[[SyncReport], None]]:
        return partial(self._went_on, run), partial(self._ended, run)

    def _went_on(self, run: _Run, progress: SyncProgress) -> None:
        if run is self._first:  # else it was stopped, and another was wished for since
            self._view.show_progress(progress)

    def _ended(self, run: _Run, report: SyncReport) -> None:
        is_told = run is self._first
        self._runs.remove(run)
        if is_told:
            self._view.show_report(report)
            if (follows := self._first) is not None:
                self._view.show_begun(is_stick=follows.place is not None)
        # What cannot be noted only keeps what was answered as it is.
        self._runner.on_storage(_note_fallen, lambda _: None, lambda _: None)
        self.look()


def _note_fallen(uow: UnitOfWork) -> None:
    forget_fallen(uow, sync_view(uow, with_cases=False).facts)

"""What of the centre opens with a reason: asked for, and who opened what. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.domain.errors import DomainError, QispiError
from app.services import centre_access, teams
from app.services.centre_access import CentreAccess
from app.services.ports import Desk
from app.services.workplace import StorageRunner

__all__ = ["AccessPresenter", "AccessView"]


class AccessView(Protocol):
    """What the page can show."""

    def show_access(self, found: CentreAccess) -> None:
        """Show what opens with a reason, and what was opened."""

    def show_opened(self) -> None:
        """What was asked for is open now."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class AccessPresenter:
    """The door of the centre. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: AccessView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view

    def look(self) -> None:
        """Ask the disk."""
        self._runner.on_storage(
            lambda uow: centre_access.of_centre(uow, self._desk),
            self._view.show_access,
            self._view.show_fault,
        )

    def ask(self, acts: Sequence[str], reason: str) -> None:
        """Open these acts, and say why."""
        if not acts:
            self._view.show_fault(DomainError("access_nothing_ticked"))
            return

        def done(_: None) -> None:
            self._view.show_opened()
            self.look()

        self._runner.on_storage(
            lambda uow: teams.open_access(uow, self._desk, None, acts, reason),
            done,
            self._view.show_fault,
        )

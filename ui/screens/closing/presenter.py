"""Whether the laptop can be closed until the sheets come, and the key that does it. No Qt."""

from __future__ import annotations

from typing import Final, Protocol

from app.domain.errors import QispiError
from app.services import panic
from app.services.panic import Closing
from app.services.workplace import StorageRunner, Workplace

__all__ = ["WORDS", "ClosingPresenter", "ClosingView", "is_meant"]

WORDS: Final = "CERRAR TODO"
"""What is typed to confirm, in every language: nobody types it by chance."""


def is_meant(typed: str) -> bool:
    """Return whether somebody typed the words that confirm."""
    return typed.upper().split() == WORDS.split()


class ClosingView(Protocol):
    """What the page can show."""

    def show_closing(self, closing: Closing) -> None:
        """Show how it stands."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class ClosingPresenter:
    """GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: ClosingView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._view = view

    def open(self) -> None:
        """Show how it stands."""
        place = self._workplace
        self._runner.on_storage(
            lambda uow: panic.closing(uow, place.sheets),
            self._view.show_closing,
            self._view.show_fault,
        )

    def switch_key(self, *, is_on: bool) -> None:
        """Let the held key close the laptop, or no longer."""
        place = self._workplace
        self._runner.on_storage(
            lambda uow: panic.switch_key(uow, place.desk, place.sheets, is_on=is_on),
            lambda _: self.open(),
            self._failed,
        )

    def _failed(self, fault: QispiError) -> None:
        self.open()  # the switch shows what is true
        self._view.show_fault(fault)

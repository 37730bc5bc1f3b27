"""The blank forms. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.domain.errors import QispiError
from app.services.paper_files import write_paper
from app.services.workplace import StorageRunner, Workplace

__all__ = ["BlankPresenter", "BlankView"]


class BlankView(Protocol):
    """What the page can show."""

    def show_pdf(self, pdf: bytes) -> None:
        """Show the form as it will print."""

    def show_written(self) -> None:
        """The PDF was written."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class BlankPresenter:
    """Makes the blank referral form in one language or two. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: BlankView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._view = view
        self._languages: tuple[str, ...] = ("es",)

    def show(self, languages: tuple[str, ...]) -> None:
        """Show the form in these languages."""
        self._languages = languages
        self._make(self._view.show_pdf)

    def print(self, paper: Callable[[bytes], None]) -> None:
        """Hand the form to a printer."""
        self._make(paper)

    def write(self, target: Path) -> None:
        """Write the form under a name."""
        languages = self._languages

        def write() -> None:
            write_paper(target, self._pdf(languages))

        self._runner.on_storage(
            lambda _: write(), lambda _: self._view.show_written(), self._view.show_fault
        )

    def _make(self, done: Callable[[bytes], None]) -> None:
        languages = self._languages
        self._runner.on_storage(lambda _: self._pdf(languages), done, self._view.show_fault)

    def _pdf(self, languages: tuple[str, ...]) -> bytes:
        return self._workplace.documents.blank_referral(self._workplace.centre, languages)

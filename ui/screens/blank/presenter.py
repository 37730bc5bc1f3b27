"""The blank forms: the ficha and the referral. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from app.domain.errors import QispiError
from app.services import ficha_sheet
from app.services.paper_files import write_paper
from app.services.workplace import StorageRunner, Workplace

__all__ = ["FICHA", "REFERRAL", "BlankPresenter", "BlankView"]

FICHA: Final = "ficha"
REFERRAL: Final = "derivacion"


class BlankView(Protocol):
    """What the page can show."""

    def show_pdf(self, pdf: bytes) -> None:
        """Show the form as it will print."""

    def show_written(self) -> None:
        """The PDF was written."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class BlankPresenter:
    """Makes a blank form in one language or two. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: BlankView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._view = view
        self._languages: tuple[str, ...] = ("es",)
        self._form = REFERRAL

    @property
    def file_name(self) -> str:
        """What the file of the form is called."""
        return f"{self._form}-en-blanco.pdf"

    def show(self, form: str, languages: tuple[str, ...]) -> None:
        """Show a form in these languages."""
        self._form, self._languages = form, languages
        self._make(self._view.show_pdf)

    def print(self, paper: Callable[[bytes], None]) -> None:
        """Hand the form to a printer."""
        self._make(paper)

    def write(self, target: Path) -> None:
        """Write the form under a name."""
        form, languages = self._form, self._languages

        def write() -> None:
            write_paper(target, self._pdf(form, languages))

        self._runner.on_storage(
            lambda _: write(), lambda _: self._view.show_written(), self._view.show_fault
        )

    def _make(self, done: Callable[[bytes], None]) -> None:
        form, languages = self._form, self._languages
        self._runner.on_storage(lambda _: self._pdf(form, languages), done, self._view.show_fault)

    def _pdf(self, form: str, languages: tuple[str, ...]) -> bytes:
        desk, centre = self._workplace.desk, self._workplace.centre
        if form == REFERRAL:
            return self._workplace.documents.blank_referral(centre, languages)
        sheet = ficha_sheet.blank(desk.definitions, centre, desk.clock.today(), languages)
        return self._workplace.documents.form(sheet)

"""The papers of a case, shown as they will print, printed and saved. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services import ficha_sheet, forms, letters
from app.services.paper_files import stage_paper
from app.services.ports import UnitOfWork
from app.services.workplace import StorageRunner, Workplace

__all__ = ["FICHA", "Choice", "Paper", "PapersPresenter", "PapersView"]

FICHA: Final = "ficha"
"""The name of the ficha among the papers; the others are the codes of letters."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which paper of which case, how. ``facts`` are what a letter is told
    (:func:`app.services.letters.deadline_facts`)."""

    case_id: RecordId
    paper: str = FICHA
    facts: Mapping[str, str] = field(default_factory=dict)
    with_narrative: bool = False
    languages: tuple[str, ...] = ("es",)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it will print. ``unfilled`` are the blanks to be written in by hand; ``mark``
    says that a lawyer has to look at the model; ``has_languages`` that she reads or signs it."""

    choice: Choice
    pdf: bytes
    case_code: str
    file_name: str
    unfilled: tuple[str, ...] = ()
    mark: str = ""
    has_languages: bool = False


class PapersView(Protocol):
    """What the page can show."""

    def show_drawing(self) -> None:
        """Another paper is on its way: the one that shows leaves no more."""

    def show_paper(self, paper: Paper) -> None:
        """Show the paper as it will print."""

    def show_written(self, choice: Choice, code: str) -> None:
        """The PDF of a paper of the case of this number was written."""

    def show_fault(self, fault: QispiError) -> None:
        """The paper that is chosen could not be drawn."""

    def show_not_left(self, choice: Choice, code: str, fault: QispiError) -> None:
        """A paper of the case of this number was to leave, and could not."""


class PapersPresenter:
    """The papers of one case. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: PapersView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._view = view
        self.choice: Choice | None = None
        self._code = ""
        """The number of the case, once a paper of it is drawn."""

    @property
    def titles(self) -> tuple[tuple[str, str], ...]:
        """The papers there are: name and title (a message id), the ficha first."""
        definitions = self._workplace.desk.definitions
        found = [(FICHA, definitions.form(forms.FICHA).title)]
        found += [(one.slug, one.title) for one in letters.letters_of(definitions)]
        return tuple(found)

    def open(self, choice: Choice) -> None:
        """Show a paper of a case."""
        if self.choice is None or self.choice.case_id != choice.case_id:
            self._code = ""
        self.choice = choice
        self._view.show_drawing()
        self.draw()

    def choose(self, paper: str) -> None:
        """Show another paper of this case; what a letter was told is for that letter alone."""
        if self.choice is not None and paper != self.choice.paper:
            self.open(Choice(self.choice.case_id, paper))

    def with_narrative(self, *, is_wanted: bool) -> None:
        """Print the long texts of the ficha, or leave them in the file."""
        self._change(lambda one: replace(one, with_narrative=is_wanted))

    def in_languages(self, languages: tuple[str, ...]) -> None:
        """Print in one language or two."""
        self._change(lambda one: replace(one, languages=languages))

    def draw(self) -> None:
        """Draw the paper anew."""
        choice = self.choice
        if choice is None:
            return

        def failed(fault: QispiError) -> None:
            if choice == self.choice:
                self._view.show_fault(fault)

        self._runner.on_storage(lambda uow: self._paper(uow, choice), self._drawn, failed)

    def print(self, on_paper: Callable[[Paper], None]) -> None:
        """Note that the paper leaves, then print what was noted: paper cannot be undone."""
        choice, code = self.choice, self._code
        if choice is None:
            return

        def leave(uow: UnitOfWork) -> Paper:
            paper = self._paper(uow, choice)
            self._note(uow, choice, "print")
            return paper

        self._runner.on_storage(
            leave, on_paper, lambda fault: self._view.show_not_left(choice, code, fault)
        )

    def write(self, target: Path) -> None:
        """Write the paper as a file and note that it leaves; it takes its name once it was
        noted."""
        choice, code = self.choice, self._code
        if choice is None:
            return

        def leave(uow: UnitOfWork) -> None:
            staged = stage_paper(target, self._paper(uow, choice).pdf)
            try:
                self._note(uow, choice, "pdf")
            except BaseException:
                staged.discard()
                raise
            staged.place()

        self._runner.on_storage(
            leave,
            lambda _: self._view.show_written(choice, code),
            lambda fault: self._view.show_not_left(choice, code, fault),
        )

    def _change(self, changed: Callable[[Choice], Choice]) -> None:
        if self.choice is not None:
            self.open(changed(self.choice))

    def _drawn(self, paper: Paper) -> None:
        if paper.choice == self.choice:  # another one was chosen meanwhile
            self._code = paper.case_code
            self._view.show_paper(paper)

    def _note(self, uow: UnitOfWork, choice: Choice, how: str) -> None:
        what = f"{choice.paper}+relato" if choice.with_narrative else choice.paper
        ficha_sheet.note_print(uow, self._workplace.desk, choice.case_id, what, how)

    def _paper(self, uow: UnitOfWork, choice: Choice) -> Paper:
        desk, centre = self._workplace.desk, self._workplace.centre
        documents = self._workplace.documents
        if choice.paper == FICHA:
            form = ficha_sheet.filled(
                uow,
                desk,
                choice.case_id,
                centre,
                with_narrative=choice.with_narrative,
                languages=choice.languages,
            )
            pdf = documents.form(form)
            return Paper(choice, pdf, form.case_code, f"ficha-{form.case_code}.pdf")
        letter = letters.draft(
            uow,
            desk,
            choice.case_id,
            choice.paper,
            choice.facts,
            centre=centre,
            languages=choice.languages,
        )
        template = desk.definitions.letters[choice.paper]
        return Paper(
            choice,
            documents.letter(letter),
            letter.case_code,
            letter.file_name,
            letter.unfilled,
            letter.mark,
            has_languages=template.gate is not None,
        )

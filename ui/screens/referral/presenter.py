"""A referral being filled in, the page it makes, and how it leaves. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from app.domain.change import ChangeId, RecordId
from app.domain.errors import DomainError, QispiError
from app.domain.form import Problem
from app.domain.records import Kind
from app.domain.referral import ReferralState
from app.domain.value import Value
from app.services import forms, referral_answers, referrals
from app.services.case_file import cases_of
from app.services.paper_files import StagedPaper, stage_paper
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import FormFile, ReferralRow, ReferralSheet
from app.services.workplace import StorageRunner, Workplace
from ui.forms.open_form import FormView, OpenForm

__all__ = ["Page", "ReferralPresenter", "ReferralView", "languages_of"]

_BY_VALUE: Final = {"es+quy": ("es", "quy"), "es+agr": ("es", "agr")}


@dataclass(frozen=True, slots=True)
class Page:
    """The page as it will print, and what stands against letting it leave (a message id).

    ``is_issued``: it left already and is not changed any more; it may be printed again.
    ``cautions`` deserve a second look and keep nothing; ``of_case`` are all referrals of the case.
    """

    pdf: bytes
    folio: str
    why_not: str | None
    is_issued: bool
    cautions: tuple[str, ...] = ()
    of_case: tuple[ReferralRow, ...] = ()


class _Left(Protocol):
    """Is told of the page that left, and whether it is still the one on the screen."""

    def __call__(self, page: Page, *, shows: bool) -> None: ...


class ReferralView(FormView, Protocol):
    """What the page can show."""

    def show_page(self, page: Page) -> None:
        """Show the page as it will print."""

    def print_page(self, page: Page, *, shows: bool) -> None:
        """Print it: it was noted that it leaves. ``shows``: it is still the one on the screen."""

    def show_written(self, folio: str) -> None:
        """The PDF was written."""

    def show_not_left(self, fault: QispiError) -> None:
        """The referral that showed before could not leave."""

    def show_leaving(self, *, is_leaving: bool) -> None:
        """Nothing may be typed while the form is on its way out."""


class ReferralPresenter:
    """One referral. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: ReferralView) -> None:
        self._runner = runner
        self._desk = workplace.desk
        self._workplace = workplace
        self._view = view
        self.form = OpenForm(runner, workplace.desk, forms.REFERRAL_FORM, view, _save)
        self._referral_id: RecordId | None = None
        self._asked = 0
        """Counts what was to be opened: only the last one is."""
        self._is_drawing = False
        self._is_stale = False
        self._is_leaving = False

    @property
    def is_leaving(self) -> bool:
        """Whether the form is on its way out."""
        return self._is_leaving

    def open(self, referral_id: RecordId, then: Callable[[], None]) -> None:
        """Open a referral and draw its page."""
        self._asked += 1
        self._referral_id = None

        def opened() -> None:
            self._referral_id = referral_id
            then()
            self.draw()

        self.form.open(referral_id, opened, lambda: self._stay(then))

    def open_for_case(self, case_id: RecordId, then: Callable[[], None]) -> None:
        """Go on with the case's draft, or open a new referral."""
        self._asked += 1
        asked = self._asked
        self._referral_id = None
        self.form.open_no_more()
        self._view.show_opening()

        def draft_or_new(uow: UnitOfWork) -> RecordId:
            for row in reversed(referral_answers.of_case(uow, self._desk, case_id)):
                if row.state is ReferralState.DRAFT:
                    return row.referral_id
            return referrals.open_referral(uow, self._desk, case_id)

        def found(referral_id: RecordId) -> None:
            if asked == self._asked:  # else another one was to be opened meanwhile
                self.open(referral_id, then)

        def failed(fault: QispiError) -> None:
            if asked != self._asked:
                return
            self._view.show_fault(fault)
            if self.form.is_busy:  # what was typed before leaves the screen once it is saved
                self._stay(then)

        self._runner.on_storage(draft_or_new, found, failed)

    def let_go(self) -> None:
        """It is closed to who looks: keep nothing of it."""
        self._asked += 1
        self._referral_id = None
        self._view.show_opening()
        self.form.let_go()  # once its lines are gone: until then they note what stands in them

    def draw(self) -> None:
        """Draw the page anew; while one is drawn, one more follows, not one for each letter."""
        if self._referral_id is None:
            return
        if self._is_drawing:
            self._is_stale = True
            return
        self._is_drawing, self._is_stale = True, False
        referral_id, languages = self._referral_id, self._languages()
        self._runner.on_storage(
            lambda uow: self._page(uow, referral_id, languages),
            lambda page: self._drawn(referral_id, page),
            lambda fault: self._not_drawn(referral_id, fault),
        )

    def print(self) -> None:
        """Note that the form leaves by paper, then print what was noted: paper cannot be undone."""

        def leave(uow: UnitOfWork, referral_id: RecordId, languages: tuple[str, ...]) -> Page:
            referrals.issue(
                uow, self._desk, referral_id, "print", self._workplace.centre, languages
            )
            return self._page(uow, referral_id, languages)

        self._leave(leave, self._view.print_page)

    def write(self, target: Path) -> None:
        """Write the form as a file and note that it leaves. The paper takes its name once it was
        noted: nothing leaves unnoted, and what stood under that name stays until then."""

        def leave(uow: UnitOfWork, referral_id: RecordId, languages: tuple[str, ...]) -> Page:
            staged: list[StagedPaper] = []

            def stage(sheet: ReferralSheet) -> None:
                staged.append(stage_paper(target, self._workplace.documents.referral(sheet)))

            try:
                referrals.issue(
                    uow,
                    self._desk,
                    referral_id,
                    "pdf",
                    self._workplace.centre,
                    languages,
                    hand_over=stage,
                )
            except BaseException:
                for paper in staged:
                    paper.discard()
                raise
            staged[0].place()
            return self._page(uow, referral_id, languages)

        def written(page: Page, *, shows: bool) -> None:
            if shows:
                self._view.show_page(page)
                self._view.show_written(page.folio)

        self._leave(leave, written)

    def open_like(self, opened: Callable[[RecordId], None]) -> None:
        """Open a new referral with what this one says, its consent still to be asked."""
        referral_id = self._referral_id
        if referral_id is None:
            return

        def made(new_id: RecordId) -> None:
            if referral_id == self._referral_id:  # else another one shows by now
                opened(new_id)

        self._runner.on_storage(
            lambda uow: referrals.open_like(uow, self._desk, referral_id),
            made,
            self._view.show_fault,
        )

    def _leave(
        self,
        leave: Callable[[UnitOfWork, RecordId, tuple[str, ...]], Page],
        done: _Left,
    ) -> None:
        """Let the form leave as it stands on the screen, or not at all.

        First everything typed is saved. Only when all of those saves have answered, and nothing is
        left, does the form leave; and then only if the disk holds what stood on the screen. Of
        the one that shows by then nothing is said that is of another.
        """
        leaving = self._referral_id
        if leaving is None or self._is_leaving:
            return
        self._is_leaving = True
        self._view.show_leaving(is_leaving=True)
        self.form.commit_all()

        def answered(_: None) -> None:
            file = self.form.file
            shows = leaving == self._referral_id
            if self.form.is_busy or file is None or file.anchor_id != leaving or not shows:
                failed(DomainError("referral_not_saved"))
                return
            seen, languages = _shown(file), self._languages()
            self._runner.on_storage(
                lambda uow: self._if_unchanged(uow, seen, leave, file.anchor_id, languages),
                left,
                failed,
            )

        def left(page: Page) -> None:
            self._is_leaving = False
            self._view.show_leaving(is_leaving=False)
            done(page, shows=leaving == self._referral_id)
            self.form.reload()

        def failed(fault: QispiError) -> None:
            self._is_leaving = False
            self._view.show_leaving(is_leaving=False)
            self.form.reload()
            is_shown = leaving == self._referral_id
            (self._view.show_fault if is_shown else self._view.show_not_left)(fault)

        # Behind the saves: one storage thread, one after the other.
        self._runner.on_storage(lambda _: None, answered, failed)

    def _if_unchanged(
        self,
        uow: UnitOfWork,
        seen: Mapping[str, ChangeId | None],
        leave: Callable[[UnitOfWork, RecordId, tuple[str, ...]], Page],
        referral_id: RecordId,
        languages: tuple[str, ...],
    ) -> Page:
        if seen != _shown(forms.form_file(uow, self._desk, forms.REFERRAL_FORM, referral_id)):
            raise DomainError("referral_changed_meanwhile")
        return leave(uow, referral_id, languages)

    def _page(self, uow: UnitOfWork, referral_id: RecordId, languages: tuple[str, ...]) -> Page:
        sheet = referrals.sheet(uow, self._desk, referral_id, self._workplace.centre, languages)
        reason = referrals.why_not(uow, self._desk, referral_id)
        (case_id,) = cases_of(uow, referral_id, Kind.REFERRAL)
        return Page(
            self._workplace.documents.referral(sheet),
            sheet.folio,
            reason,
            is_issued=referrals.state_of(uow, referral_id) != referrals.DRAFT,
            cautions=referrals.cautions(uow, self._desk, referral_id),
            of_case=referral_answers.of_case(uow, self._desk, case_id),
        )

    def _languages(self) -> tuple[str, ...]:
        return languages_of(self.form.values().get("document_languages"))

    def _stay(self, then: Callable[[], None]) -> None:
        """Show the referral of before again: the one that was wanted did not come."""
        file = self.form.file
        if file is not None:
            self._referral_id = file.anchor_id
            then()
            self.draw()

    def _drawn(self, referral_id: RecordId, page: Page) -> None:
        self._is_drawing = False
        if self._is_stale:
            self.draw()
        if referral_id == self._referral_id:
            self._view.show_page(page)

    def _not_drawn(self, referral_id: RecordId, fault: QispiError) -> None:
        self._is_drawing = False
        if referral_id == self._referral_id:
            self._view.show_fault(fault)


def languages_of(value: Value) -> tuple[str, ...]:
    """Return the languages of the sheet for the code of ``document_languages``."""
    return _BY_VALUE.get(value, ("es",)) if isinstance(value, str) else ("es",)


def _shown(file: FormFile) -> dict[str, ChangeId | None]:
    return {name: view.shown for name, view in file.fields.items()}


def _save(
    uow: UnitOfWork,
    desk: Desk,
    anchor_id: RecordId,
    field_id: str,
    value: Value,
    *,
    seen: tuple[ChangeId, ...],
) -> Problem | None:
    return referrals.set_field(uow, desk, anchor_id, field_id, value, seen=seen)

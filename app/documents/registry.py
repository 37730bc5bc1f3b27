"""Every paper the program can make, behind one door: :class:`app.services.workplace.Documents`."""

from __future__ import annotations

from collections.abc import Generator

from app.documents.ficha_form import WholeForm
from app.documents.letter import Letter
from app.documents.lost_paper import LostPaper
from app.documents.recovery_sheet import RecoverySheetPaper
from app.documents.referral_form import ReferralForm
from app.documents.refusal_paper import RefusalPaper
from app.documents.words import words_for
from app.domain.definitions import Definitions
from app.services.devices import LostSheet
from app.services.paper_sheets import FormSheet, LetterSheet
from app.services.read_models import CentreProfile, ReferralSheet
from app.services.refusals import RefusalSheet
from app.services.sheet_ports import RecoverySheet

__all__ = ["PaperDocuments"]


class PaperDocuments:
    """Makes PDFs in memory; immutable, any thread may call it."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    def referral(self, sheet: ReferralSheet) -> bytes:
        """Return the referral form with its return slip: one A4 page."""
        words = words_for(sheet.languages)
        return ReferralForm(self._definitions, words, sheet.centre, sheet).draw()

    def blank_referral(self, centre: CentreProfile, languages: tuple[str, ...]) -> bytes:
        """Return the same form laid out for handwriting, without a number."""
        return ReferralForm(self._definitions, words_for(languages), centre, None).draw()

    def form(self, sheet: FormSheet) -> bytes:
        """Return a whole form, filled or blank: as many A4 pages as it needs."""
        return WholeForm(self._definitions.places, words_for(sheet.languages), sheet).draw()

    def letter(self, sheet: LetterSheet) -> bytes:
        """Return a letter, or a paper that she takes along."""
        return Letter(self._definitions.places, words_for(sheet.languages), sheet).draw()

    def refusal(self, sheet: RefusalSheet) -> Generator[None, None, bytes]:
        """Return a paper about a batch that could not be used, with a pause at each page."""
        return RefusalPaper(words_for(("es",)), sheet).draw()

    def lost_report(self, sheet: LostSheet) -> bytes:
        """Return what a lost laptop held: one A4 page."""
        return LostPaper(words_for(("es",)), sheet).draw()

    def recovery_sheet(self, sheet: RecoverySheet) -> bytes:
        """Return one recovery sheet: one A4 page."""
        return RecoverySheetPaper(words_for(("es",)), sheet).draw()

"""A letter drafted for a case: its blanks filled with what is known, the rest left visibly open.

Nothing is guessed: an answer that was not given, an event whose day nobody wrote down, a fact that
nobody handed in is printed as a blank to be filled by hand. Storage thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.domain.change import RecordId
from app.domain.deadline import Due
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.facts import CaseFacts, Moment
from app.domain.letter import BLANK_IN_TEXT, Blank, Fill, LetterTemplate
from app.domain.marks import N_
from app.domain.value import Absent
from app.services.access import act
from app.services.case_facts import facts_of
from app.services.display import shown_value
from app.services.forms import FICHA, form_file
from app.services.paper_sheets import LetterSheet, LetterText
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import CentreProfile, FormFile

__all__ = ["BLANK", "MARK", "deadline_facts", "draft", "letters_of", "letters_that_claim"]

BLANK: Final = "__________"
"""What stands for something that is not known."""

_LONG: Final = 3
"""What is no day and no time takes more room to be written in."""

_GENERAL: Final = "oficio_plazo_vencido"

MARK: Final = N_("Modelo de trabajo: lo revisa la abogada o el abogado antes de firmar.")


@dataclass(slots=True)
class _Filling:
    """What one letter is filled with, and which blanks stayed open."""

    definitions: Definitions
    file: FormFile
    case: CaseFacts
    facts: Mapping[str, str]
    centre: CentreProfile
    desk: Desk
    blanks: Mapping[str, Blank]
    unfilled: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Return a text with its blanks filled, or left open to be written in."""
        return BLANK_IN_TEXT.sub(lambda found: self._word(self.blanks[found[1]]), text)

    def words_in(self, text: str) -> tuple[tuple[str, str], ...]:
        """Return what fills each blank of a text, by name."""
        names = dict.fromkeys(BLANK_IN_TEXT.findall(text))
        return tuple((name, self._word(self.blanks[name])) for name in names)

    def _word(self, blank: Blank) -> str:
        word = self._known(blank).strip()
        if word:
            return word
        self.unfilled[blank.name] = blank.label
        return BLANK if blank.fill in (Fill.EVENT_DAY, Fill.EVENT_TIME) else BLANK * _LONG

    def _known(self, blank: Blank) -> str:
        match blank.fill:
            case Fill.FIELD:
                return self._answer(blank.key)
            case Fill.EVENT_DAY:
                moment = self._moment(blank.key)
                return f"{moment.day:%d/%m/%Y}" if moment else ""
            case Fill.EVENT_TIME:
                moment = self._moment(blank.key)
                return f"{moment.time:%H:%M}" if moment and moment.time else ""
            case Fill.FACT:
                return self.facts.get(blank.key, "")
            case Fill.CENTRE:
                return self.of_centre(blank.key)
            case Fill.STAFF:
                return self.desk.actor.name if blank.key == "name" else self.desk.actor.role
            case Fill.CASE_CODE:
                return self.file.case_code
            case Fill.HAND:
                return ""

    def _answer(self, field_id: str) -> str:
        value = self.file.values.get(field_id)
        if isinstance(value, Absent):
            return ""  # what she did not say is no text for a letter
        return shown_value(self.definitions, FICHA, field_id, value)

    def _moment(self, code: str) -> Moment | None:
        """Return when something happened, when it happened once: of several the letter cannot know
        which is meant."""
        moments = {one.moment for one in self.case.when(code) if one.moment is not None}
        return moments.pop() if len(moments) == 1 else None

    def of_centre(self, key: str) -> str:
        """Return a line of the letterhead."""
        if key == "district":
            place = self.definitions.places.get(self.centre.district)
            return place.district if place else self.centre.district
        return str(getattr(self.centre, key))


def letters_of(definitions: Definitions) -> tuple[LetterTemplate, ...]:
    """Return the letters that may be drafted, by their titles."""
    return tuple(sorted(definitions.letters.values(), key=lambda one: one.title))


def letters_that_claim(definitions: Definitions, deadline: str) -> tuple[LetterTemplate, ...]:
    """Return the letters that claim a deadline (``PNP_INFORME``) once it is overdue: its own, and
    else the one for any term."""
    own = tuple(one for one in letters_of(definitions) if deadline in one.claims)
    general = definitions.letters.get(_GENERAL)
    return own or ((general,) if general is not None else ())


def deadline_facts(due: Due) -> dict[str, str]:
    """Return what a letter that claims a term is told of it: ``due``, ``deadline``, ``basis``,
    ``started`` and ``executor``. Between two times at which it can have ended, the later one is
    said: nobody is reproached too early."""
    started = due.start.moment
    return {
        "due": f"{due.latest:%d/%m/%Y} a las {due.latest:%H:%M}",
        "deadline": due.rule.title,
        "basis": due.rule.basis,
        "started": f"{started.day:%d/%m/%Y}" if started else "",
        "executor": "",
    }


@act("print_paper", case="case_id", looks=True)
def draft(
    uow: UnitOfWork,
    desk: Desk,
    case_id: RecordId,
    slug: str,
    facts: Mapping[str, str] | None = None,
    *,
    centre: CentreProfile | None = None,
    languages: tuple[str, ...] = ("es",),
) -> LetterSheet:
    """Return a letter of a case as it would print now.

    ``slug`` is the letter's code; ``facts`` are what its ``fact`` blanks ask for, in words
    (:func:`deadline_facts`); ``centre`` is the letterhead (without one only the name stands). A
    letter for her takes nothing from the case. Reads only. Raises DomainError ``letter_unknown``,
    ``record_unknown``.
    """
    template = desk.definitions.letters.get(slug)
    if template is None:
        raise DomainError("letter_unknown")
    profile = centre or CentreProfile(desk.centre_name, "", "", "", "", "")
    filling = _Filling(
        desk.definitions,
        form_file(uow, desk, FICHA, case_id),
        facts_of(uow, desk.definitions, case_id),
        facts or {},
        profile,
        desk,
        {one.name: one for one in template.blanks},
    )
    return _sheet(template, filling, languages)


def _sheet(template: LetterTemplate, filling: _Filling, languages: tuple[str, ...]) -> LetterSheet:
    fill, desk = filling.fill, filling.desk
    is_hers = template.is_for_her
    addressee = tuple(fill(one) for one in template.addressee)
    subject, reference = fill(template.subject), fill(template.reference)
    texts = tuple(_texts(template, filling))
    signatures = tuple((fill(over), fill(under)) for over, under in template.signatures)
    return LetterSheet(
        slug=template.slug,
        title=template.heading,
        file_name=_file_name(template),
        centre=filling.centre,
        case_code="" if is_hers else filling.file.case_code,
        place_and_day="" if is_hers else _place_and_day(filling, desk),
        number=f"N.° {BLANK}" if template.is_numbered else "",
        addressee=addressee,
        subject=subject,
        reference=reference,
        texts=texts,
        legal_basis=template.legal_basis,
        signatures=signatures,
        has_fingerprint=template.has_fingerprint,
        is_for_her=is_hers,
        mark=MARK,
        unfilled=tuple(dict.fromkeys(filling.unfilled.values())),
        carries=template.carries,
        languages=languages,
    )


def _texts(template: LetterTemplate, filling: _Filling) -> Iterator[LetterText]:
    for part in template.parts:
        yield LetterText(
            part.text,
            filling.words_in(part.text),
            is_point=part.is_point,
            gate=template.gate or "",
            lines=part.lines,
            boxes=part.boxes,
        )


def _place_and_day(filling: _Filling, desk: Desk) -> str:
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, desk.clock.zone())
    place = filling.of_centre("district")
    return f"{place}, {now:%d/%m/%Y}" if place else f"{now:%d/%m/%Y}"


def _file_name(template: LetterTemplate) -> str:
    """Return a file name that tells whoever sees the folder nothing."""
    return "hoja.pdf" if template.is_for_her else f"{template.slug.replace('_', '-')}.pdf"

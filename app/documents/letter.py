"""A letter, or a paper that she takes along, on A4: nothing is cut, blanks stay to be written in.

A paper of hers has no letterhead, no foot, no number and no word of where it comes from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import Block, Look, Option, Options, Text
from app.documents.form_blocks import Underlined, prose
from app.documents.letterhead import draw_signatures
from app.documents.pages import Piece, draw_pages, lay
from app.documents.paper import ACCENT, BOTTOM, LEFT, TOP, WIDTH, Paper
from app.documents.typesetting import GREY, Type
from app.documents.words import Words
from app.domain.definitions import Places
from app.i18n import N_
from app.services.paper_sheets import LetterSheet, LetterText

__all__ = ["Letter"]

_LOOK: Final = Look(1.1)
_BODY: Final = Type(10.6, leading=1.42)
_STRONG: Final = Type(10.6, bold=True, leading=1.35)
_SMALL: Final = Type(7, colour=GREY, leading=1.25)
_FOOT: Final = 11 * mm
_MARGIN: Final = 6 * mm
_SIGNING: Final = 34 * mm
_HERS_ON_TOP: Final = 12 * mm


@dataclasses.dataclass(frozen=True, slots=True)
class _Space:
    high: float

    def height(self, width: float) -> float:  # noqa: ARG002  # air is as wide as it is told
        """Return its height."""
        return self.high

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Leave it free."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Inset:
    """A block with air at its left."""

    block: Block
    by: float
    sign: str = ""

    def height(self, width: float) -> float:
        """Return the height of the block."""
        return self.block.height(width - self.by)

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw the sign and the block."""
        paper.text(self.sign, x + 1.2 * mm, top, self.by, _BODY, 1)
        self.block.draw(paper, x + self.by, top, width - self.by)


@dataclasses.dataclass(frozen=True, slots=True)
class _Signatures:
    people: tuple[tuple[str, str], ...]
    has_fingerprint: bool

    def height(self, width: float) -> float:  # noqa: ARG002  # lines are as wide as they are told
        """Return the height of the lines to sign on."""
        return _SIGNING

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:  # noqa: ARG002
        """Draw them."""
        people = self.people
        if self.has_fingerprint:
            # Her line is the second one of the letterhead, which has the box for a fingerprint.
            people = (people[1], people[0]) if len(people) > 1 else (("", ""), people[0])
        draw_signatures(paper, top, _SIGNING, people, has_print=self.has_fingerprint)


class Letter:
    """Draws one letter. One object a paper."""

    def __init__(self, places: Places, words: Words, sheet: LetterSheet) -> None:
        place = places.get(sheet.centre.district)
        centre = sheet.centre
        self._centre = dataclasses.replace(centre, district=place.district) if place else centre
        self._words = words
        self._sheet = sheet
        self._pages = 0

    def draw(self) -> bytes:
        """Return the PDF."""
        sheet, words = self._sheet, self._words
        trial = Paper("", words.tag)
        foot = 0.0 if sheet.is_for_her else _FOOT
        room = TOP - BOTTOM - foot
        pages = lay(
            self._pieces(), room - (TOP - self._head(trial, 1)), room - (TOP - self._head(trial, 2))
        )
        self._pages = len(pages)
        # The title of the file stands in the viewer's window: a paper of hers has a neutral one.
        paper = Paper("Hoja" if sheet.is_for_her else words.spanish.gettext(sheet.title), words.tag)
        draw_pages(paper, pages, lambda n: self._head(paper, n), lambda n: self._foot(paper, n))
        return paper.finish()

    def _head(self, paper: Paper, number: int) -> float:
        sheet, gettext = self._sheet, self._words.spanish.gettext
        top = TOP
        if sheet.is_for_her:
            top -= _HERS_ON_TOP
            if number == 1:
                top -= paper.text(self._title(), LEFT, top, WIDTH, Type(16, bold=True), 2) + 4 * mm
            return top
        if number > 1:
            said = f"{gettext(sheet.title)} · {sheet.case_code}"
            return top - paper.text(said, LEFT, top, WIDTH, _SMALL, 1) - 3 * mm
        above = " · ".join(one for one in (self._centre.ministry, self._centre.programme) if one)
        top -= paper.text(above, LEFT, top, WIDTH, _SMALL, 2)
        top -= paper.text(self._centre.name, LEFT, top, WIDTH, Type(10.5, bold=True), 2)
        phone = f"Tel. {self._centre.phone}" if self._centre.phone else ""
        parts = (self._centre.address, self._centre.district, phone)
        top -= paper.text(" · ".join(one for one in parts if one), LEFT, top, WIDTH, _SMALL, 2)
        top -= 1.5 * mm
        paper.line(LEFT, top, LEFT + WIDTH, top, weight=1.2, colour=ACCENT)
        return top - 5 * mm

    def _foot(self, paper: Paper, number: int) -> None:
        sheet, gettext = self._sheet, self._words.spanish.gettext
        if sheet.is_for_her:
            return
        low = BOTTOM + _FOOT - 1.5 * mm
        paper.line(LEFT, low, LEFT + WIDTH, low)
        right = 34 * mm
        top = low - 0.8 * mm
        law = gettext(N_("CONFIDENCIAL. Datos personales sensibles (Ley 29733, Ley 30364)."))
        top -= paper.text(law, LEFT, top, WIDTH - right, Type(7.2, bold=True, leading=1.2), 1)
        notes = (gettext(sheet.mark), self._words.translation_note)
        paper.text(" ".join(one for one in notes if one), LEFT, top, WIDTH - right, _SMALL, 2)
        page = gettext(N_("Página {number} de {pages}"))
        page = page.format(number=number, pages=self._pages)
        place = LEFT + WIDTH - right
        type_ = dataclasses.replace(_SMALL, align="right")
        paper.text(page, place, low - 0.8 * mm, right, type_, 1)

    def _title(self) -> str:
        gate = self._sheet.texts[0].gate
        title = self._sheet.title
        other = self._words.approved(gate, title) if gate else ""
        return f"{title} / {other}" if other else title

    def _pieces(self) -> Iterator[Piece]:
        sheet = self._sheet
        if not sheet.is_for_her:
            yield from self._address()
        lacks = False
        last = sheet.texts[-1]
        for text in sheet.texts:
            other = self._words.approved(text.gate, text.msgid) if text.gate else ""
            lacks = lacks or bool(text.gate and not other)
            # A page that holds nothing but signatures could be put under another letter.
            yield from self._text(text, other, keeps_next=text is last and bool(sheet.signatures))
        if lacks and self._words.interpreter_note:
            yield Piece(Text(_LOOK, self._words.interpreter_note, _SMALL))
        if sheet.legal_basis:
            yield Piece(_Space(2 * mm), keeps_next=True)
            title = self._words.spanish.gettext(N_("Base legal"))
            for line in prose(f"{title}: {'; '.join(sheet.legal_basis)}.", WIDTH, _SMALL):
                yield Piece(line, keeps_next=bool(sheet.signatures))
        if sheet.signatures:
            signed = tuple((over, self._words.both(under)) for over, under in sheet.signatures)
            yield Piece(_Signatures(signed, sheet.has_fingerprint))

    def _address(self) -> Iterator[Piece]:
        sheet, gettext = self._sheet, self._words.spanish.gettext
        right = dataclasses.replace(_BODY, align="right")
        yield Piece(Text(_LOOK, sheet.place_and_day, right))
        title = f"{gettext(sheet.title)}   {sheet.number}".rstrip()
        yield Piece(Text(_LOOK, title, Type(12, bold=True)))
        yield Piece(_Space(3 * mm))
        for line in sheet.addressee:
            yield Piece(Text(_LOOK, line, _STRONG))
        if sheet.addressee:
            yield Piece(_Space(2 * mm))
        for word, said in (
            (N_("Asunto"), sheet.subject), (N_("Referencia"), sheet.reference),
        ):  # fmt: skip
            if said:
                yield Piece(Text(_LOOK, f"{gettext(word)}: {said}", _BODY))
        yield Piece(_Space(4 * mm))

    def _text(self, text: LetterText, other: str, *, keeps_next: bool) -> Iterator[Piece]:
        said = text.text if not other else f"{text.text} / {text.filled(other)}"
        by = _MARGIN if text.is_point else 0.0
        is_followed = bool(text.boxes or text.lines)
        for number, line in enumerate(prose(said, WIDTH - by, _BODY)):
            sign = "•" if text.is_point and not number else ""
            yield Piece(
                _Inset(line, by, sign) if by else line, keeps_next=is_followed or keeps_next
            )
        if text.boxes:
            longest = max(len(one) for one in text.boxes)
            options = tuple(Option(self._box(one, text.gate)) for one in text.boxes)
            look = Look(1.05, hand=8 * mm)
            yield Piece(Options(look, options, 1 if longest > 40 else 3), keeps_next)
        if text.lines:
            yield Piece(Underlined(text.lines), keeps_next)
        yield Piece(_Space(2.4 * mm), keeps_next)

    def _box(self, msgid: str, gate: str) -> str:
        other = self._words.approved(gate, msgid) if gate else ""
        return f"{msgid} / {other}" if other else msgid

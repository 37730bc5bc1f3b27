"""A paper about a batch that could not be used: what it is, why, what is safe, what it holds.

It bears no name in its title. What stands in it is in clear and belongs into the centre's file.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Generator, Iterator
from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import Band, Cell, Look, Row, Text
from app.documents.form_blocks import prose
from app.documents.pages import Piece, drawn_by_page, laid_by_page
from app.documents.paper import ACCENT, BOTTOM, LEFT, TOP, WIDTH, Paper
from app.documents.typesetting import GREY, Type
from app.documents.words import Words
from app.i18n import N_
from app.services.messages import sentence
from app.services.refusals import RefusalSheet, RefusedEntry, who_refused
from app.services.sync_advice import PROCEDURES

__all__ = ["RefusalPaper"]

_LOOK: Final = Look(0.96)
_BODY: Final = Type(9.6, leading=1.35)
_SMALL: Final = Type(6.8, colour=GREY, leading=1.25)
_FOOT: Final = 9 * mm
_PROSE_FROM: Final = 90
"""A longer value is set over the whole width, and may go on over the page."""
_TITLE: Final = N_("Paquete que no se pudo enviar o usar")
_CHANGE_TITLE: Final = N_("Dato que no se pudo enviar")
_STRAY_TITLE: Final = N_("Archivo que no se pudo usar")
_KIB: Final = 1024


class RefusalPaper:
    """Draws one paper. One object a paper."""

    def __init__(self, words: Words, sheet: RefusalSheet) -> None:
        self._words = words
        self._language = words.spanish
        self._gettext = words.spanish.gettext
        self._sheet = sheet
        self._pages = 0

    def draw(self) -> Generator[None, None, bytes]:
        """Return the PDF: one A4 page, or as many as the values need. It pauses at each of them, so
        that a batch full of values keeps nothing else waiting."""
        trial = Paper("", self._words.tag)
        room = TOP - BOTTOM - _FOOT
        pages = yield from laid_by_page(
            self._pieces(), room - (TOP - self._head(trial, 1)), room - (TOP - self._head(trial, 2))
        )
        self._pages = len(pages)
        paper = Paper(self._gettext(self._title), self._words.tag)
        yield from drawn_by_page(
            paper, pages, lambda n: self._head(paper, n), lambda n: self._foot(paper, n)
        )
        return paper.finish()

    @property
    def _title(self) -> str:
        row = self._sheet.row
        if row.is_unsealed:
            return _CHANGE_TITLE
        return _STRAY_TITLE if row.is_stray else _TITLE

    def _head(self, paper: Paper, number: int) -> float:
        top = TOP
        if number > 1:
            said = f"{self._gettext(self._title)} · {self._sheet.row.short}"
            return top - paper.text(said, LEFT, top, WIDTH, _SMALL, 1) - 3 * mm
        centre = self._sheet.centre
        above = " · ".join(one for one in (centre.ministry, centre.programme) if one)
        top -= paper.text(above, LEFT, top, WIDTH, _SMALL, 2)
        top -= paper.text(centre.name, LEFT, top, WIDTH, Type(10.5, bold=True), 2) + 1.5 * mm
        paper.line(LEFT, top, LEFT + WIDTH, top, weight=1.2, colour=ACCENT)
        top -= 3 * mm
        title = self._gettext(self._title)
        return top - paper.text(title, LEFT, top, WIDTH, Type(14, bold=True), 2) - 3 * mm

    def _foot(self, paper: Paper, number: int) -> None:
        low = BOTTOM + _FOOT - 1.5 * mm
        paper.line(LEFT, low, LEFT + WIDTH, low)
        right = 34 * mm
        law = self._gettext(N_("CONFIDENCIAL. Datos personales sensibles (Ley 29733, Ley 30364)."))
        strong = Type(7.2, bold=True, leading=1.2)
        paper.text(law, LEFT, low - 0.8 * mm, WIDTH - right, strong, 1)
        page = self._gettext(N_("Página {number} de {pages}"))
        page = page.format(number=number, pages=self._pages)
        type_ = dataclasses.replace(_SMALL, align="right")
        paper.text(page, LEFT + WIDTH - right, low - 0.8 * mm, right, type_, 1)

    def _pieces(self) -> Iterator[Piece]:
        sheet, said = self._sheet, self._gettext
        row = sheet.row
        when = self._language.format_datetime_ms
        known = said(N_("no se sabe"))
        since = N_("Escrito el") if row.is_unsealed else N_("Apartado el")
        name = N_("Archivo") if row.is_stray else N_("Paquete")
        if row.is_unsealed:
            name = N_("Dato")
        yield Piece(
            Row(
                (
                    self._cell(name, row.short, strong=True),
                    self._cell(N_("Equipo"), row.letter or known, strong=True),
                    self._cell(since, when(row.at_ms), share=1.6),
                    self._cell(N_("Tamaño"), f"{row.size / _KIB:,.1f} KB"),
                    self._cell(N_("Impreso el"), when(sheet.printed_ms), share=1.6),
                )
            )
        )
        yield Piece(Text(_LOOK, row.id.hex(), _SMALL))
        yield from self._told(who_refused(row), sentence(row.reason, {}, said))
        yield from self._told(N_("Qué está a salvo"), said(sheet.safe))
        what = said(sheet.advice.what_to_do)
        if sheet.advice.procedure is not None:
            title = said(PROCEDURES[sheet.advice.procedure])
            how = said(N_("Para quien opera el servidor: procedimiento {number}, {title}."))
            what = f"{what} {how.format(number=sheet.advice.procedure, title=title)}"
        yield from self._told(N_("Qué hacer"), what)
        yield from self._values()

    def _told(self, title: str, words: str) -> Iterator[Piece]:
        yield Piece(Band(_LOOK, self._gettext(title)), keeps_next=True)
        for line in prose(words, WIDTH, _BODY):
            yield Piece(line)

    def _values(self) -> Iterator[Piece]:
        entries = self._sheet.entries
        if not entries:
            yield from self._told(
                N_("Lo que trae"), self._gettext(N_("No se puede abrir en este equipo."))
            )
            return
        said = self._gettext
        for (code, record), some in itertools.groupby(
            entries, key=lambda one: (one.case_code, one.record)
        ):
            of_what = " · ".join(one for one in (code, said(record) if record else "") if one)
            title = f"{said(N_('Lo que trae'))}: {of_what or said(N_('otros datos del centro'))}"
            heading = Band(_LOOK, title)
            yield Piece(heading, keeps_next=True)
            for one in some:
                yield from self._value(one, heading)
        if self._sheet.left_out:
            more = said(N_("Siguen {count} datos más, que salen al imprimir o guardar el papel."))
            yield from self._told(N_("Lo que falta aquí"), more.format(count=self._sheet.left_out))

    def _value(self, one: RefusedEntry, heading: Band) -> Iterator[Piece]:
        when = self._language.format_datetime_ms(one.at_ms)
        label = f"{self._gettext(one.label)} · {when}"
        value = self._gettext(one.value) if one.value else self._gettext(N_("(en blanco)"))
        if len(value) <= _PROSE_FROM and "\n" not in value:
            yield Piece(Cell(_LOOK, label, value), heading=heading)
            return
        yield Piece(Text(_LOOK, label, _LOOK.label), keeps_next=True, heading=heading)
        for line in prose(value, WIDTH, _BODY):
            yield Piece(line)

    def _cell(self, label: str, value: str, *, share: float = 1.0, strong: bool = False) -> Cell:
        return Cell(_LOOK, self._gettext(label), value, share, strong)

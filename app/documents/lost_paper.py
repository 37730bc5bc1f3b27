"""What a lost laptop held, on one page: for the notices that are due within 48 hours.

Counts alone: no name, no number of a case. Who signs and when it was known is written by hand; at
the foot stands where the register of this laptop ended, so that the paper can be compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import Band, Block, Cell, Look, Row, Text
from app.documents.paper import ACCENT, BOTTOM, LEFT, TOP, WIDTH, Paper
from app.documents.typesetting import GREY, Type
from app.documents.words import Words
from app.i18n import N_
from app.services.devices import HELD_KINDS, LostSheet

__all__ = ["LostPaper"]

_LOOK: Final = Look(1.0, lines=3)
_HAND: Final = Look(1.0, hand=11 * mm)
_BODY: Final = Type(9.6, leading=1.35)
_SMALL: Final = Type(8.0, colour=GREY, leading=1.28)


class LostPaper:
    """Draws one paper. One object a paper."""

    def __init__(self, words: Words, sheet: LostSheet) -> None:
        self._language = words.spanish
        self._gettext = words.spanish.gettext
        self._tag = words.tag
        self._sheet = sheet

    def draw(self) -> bytes:
        """Return the PDF: one A4 page. Its title, which viewers and queues show, says nothing."""
        paper = Paper("Equipo", self._tag)
        top = self._head(paper)
        for block in self._blocks():
            block.draw(paper, LEFT, top, WIDTH)
            top -= block.height(WIDTH)
        assert top >= BOTTOM, "the report is one page"
        return paper.finish()

    def _head(self, paper: Paper) -> float:
        centre, top = self._sheet.centre, TOP
        above = " · ".join(one for one in (centre.ministry, centre.programme) if one)
        top -= paper.text(above, LEFT, top, WIDTH, _SMALL, 2)
        top -= paper.text(centre.name, LEFT, top, WIDTH, Type(10.5, bold=True), 2) + 1.5 * mm
        paper.line(LEFT, top, LEFT + WIDTH, top, weight=1.2, colour=ACCENT)
        top -= 3 * mm
        title = self._gettext(N_("Qué tenía un equipo perdido"))
        return top - paper.text(title, LEFT, top, WIDTH, Type(14, bold=True), 2) - 3 * mm

    def _blocks(self) -> Iterator[Block]:
        report, said = self._sheet.report, self._gettext
        when = self._language.format_datetime_ms
        never = said(N_("Nunca llegó nada de lo que se hizo en él"))
        state = N_("Dado de baja") if report.is_revoked else N_("Todavía no se dio de baja")
        title = said(N_("Equipo {letter}")).format(letter=report.letter)
        yield Row(
            (
                self._cell(N_("Cuál"), title, is_strong=True),
                self._cell(N_("Estado"), said(state), share=1.4),
                self._cell(
                    N_("Lo último que llegó de él"),
                    never if report.heard_ms is None else when(report.heard_ms),
                    share=1.8,
                ),
                self._cell(N_("Este informe es del"), when(report.told_ms), share=1.8),
            )
        )
        yield Band(_LOOK, said(N_("Tenía por lo menos")))
        yield Row(
            tuple(
                self._cell(HELD_KINDS[one.kind], self._of(one.held, one.there), is_strong=True)
                for one in report.held
            )
        )
        read = self._of(report.read_position, report.log_position)
        yield self._cell(N_("Había leído de lo que la región tiene del centro (paquetes)"), read)
        yield Text(
            _LOOK,
            said(
                N_(
                    "Es lo que se sabe por lo que él mismo envió; por memoria USB pudo recibir "
                    "más. Son datos personales sensibles. Todo está cifrado: se abre solo con las "
                    "palabras de quien entraba en él, o con dos hojas de recuperación."
                )
            ),
            _BODY,
        )
        yield Band(_LOOK, said(N_("Para los avisos de las 48 horas (se llena a mano)")))
        for pair in (
            (N_("Cuándo y dónde se perdió o se lo llevaron"), N_("Encendido o abierto entonces")),
            (
                N_("Cuándo lo supo el centro: fecha y hora (desde ahí corren las 48 horas)"),
                N_("Cuándo se dio de baja"),
            ),
            (N_("A quiénes se avisó, y cuándo"), N_("Qué se hizo para reducir el daño")),
            (N_("Nombre y cargo de quien informa"), N_("Firma")),
        ):
            yield Row(tuple(Cell(_HAND, said(one)) for one in pair))
        register = said(
            N_(
                "El registro del equipo que hizo este informe terminaba en {head}: quien lo revise "
                "después puede compararlo."
            )
        )
        yield Text(_LOOK, register.format(head=report.head), _SMALL)

    def _of(self, held: int, there: int) -> str:
        return self._gettext(N_("{held} de {there}")).format(held=held, there=there)

    def _cell(self, label: str, value: str, *, share: float = 1.0, is_strong: bool = False) -> Cell:
        return Cell(_LOOK, self._gettext(label), value, share, is_strong)

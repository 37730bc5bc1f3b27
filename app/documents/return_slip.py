"""The slip at the foot of a referral: torn off, filled in by who received it, and sent back.

It names the paper, never the person: it may travel by hand through a village.
"""

from __future__ import annotations

from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import Block, Cell, Look, Option, Options, Row, Text
from app.documents.paper import LEFT, RULE, WIDTH, Paper
from app.documents.typesetting import GREY, Type
from app.documents.words import Words
from app.i18n import N_
from app.services.read_models import CentreProfile

__all__ = ["draw_slip", "slip_height"]

_LOOK: Final = Look(0.9, hand=6 * mm)
_CUT: Final = 3.5 * mm
_AIR: Final = 1 * mm
_TITLE: Final = Type(9, bold=True)
_NOTE: Final = Type(7.2, colour=GREY, leading=1.2)


def slip_height(words: Words, centre: CentreProfile) -> float:
    """Return how high the slip stands above the foot of the page."""
    return _CUT + _AIR + sum(block.height(WIDTH) for block in _blocks(words, centre, "", ""))


def draw_slip(
    paper: Paper, words: Words, centre: CentreProfile, top: float, folio: str, check: str
) -> None:
    """Draw the line to cut along and the slip under it, from ``top`` down."""
    paper.line(LEFT, top - 1 * mm, LEFT + WIDTH, top - 1 * mm, colour=RULE, dash=(4, 3))
    top -= _CUT
    for block in _blocks(words, centre, folio, check):
        block.draw(paper, LEFT, top, WIDTH)
        top -= block.height(WIDTH)


def _blocks(words: Words, centre: CentreProfile, folio: str, check: str) -> tuple[Block, ...]:
    both = words.both
    number = f"N.° {folio} · {check}" if folio else "N.° ____________________"
    name = centre.name if not centre.phone else f"{centre.name} · Tel. {centre.phone}"

    def cell(msgid: str, share: float) -> Cell:
        return Cell(_LOOK, both(msgid), share=share)

    outcome = (
        N_("Fue atendida"), N_("Tiene cita"), N_("No llegó"), N_("No se pudo atender"),
    )  # fmt: skip
    return (
        Text(_LOOK, f"{both(N_('Talón de respuesta'))}   {number}", _TITLE),
        Text(_LOOK, f"{both(N_('Devolver a'))}: {name}", Type(8)),
        Text(_LOOK, both(N_("No escriba aquí el nombre de la persona: basta el número.")), _NOTE),
        Row(
            (
                cell(N_("Recibido el (fecha y hora)"), 1.2),
                cell(N_("Nombre y cargo de quien recibe"), 2),
                cell(N_("Teléfono"), 1),
            )
        ),
        Options(_LOOK, tuple(Option(both(one)) for one in outcome), 4),
        Row(
            (
                cell(N_("Qué se hizo, y qué sigue"), 3),
                cell(N_("Fecha de la cita"), 1),
                cell(N_("Firma y sello"), 1.3),
            )
        ),
    )

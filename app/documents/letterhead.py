"""Head and foot that every paper of the centre carries, and the parts handed out at the bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reportlab.lib.units import mm

from app.documents.paper import ACCENT, BOTTOM, LEFT, TOP, WIDTH, Paper
from app.documents.typesetting import CUT_MARK, GREY, Type, set_lines, width_of
from app.documents.words import Words
from app.i18n import N_
from app.services.read_models import CentreProfile

__all__ = ["FOOT_HEIGHT", "QR_SIDE", "Number", "draw_foot", "draw_head", "draw_signatures"]

QR_SIDE: Final = 19 * mm
FOOT_HEIGHT: Final = 10.5 * mm

_SMALL: Final = Type(6.8, colour=GREY, leading=1.25)
_ISSUER: Final = Type(7.6, colour=GREY, leading=1.25)
_SIGN: Final = Type(7.4, leading=1.2)
_NAME: Final = Type(8.6, bold=True, leading=1.2)
_NUMBERS: Final = tuple(Type(size, bold=True, align="right") for size in (11.5, 10.0, 8.6))
"""A number is never broken or cut: one that is longer is set smaller."""


@dataclass(frozen=True, slots=True)
class Number:
    """What tells this paper from every other: folio, check code, day and hour, the QR's text."""

    folio: str
    check: str
    day: str
    qr: str


def draw_head(
    paper: Paper, words: Words, centre: CentreProfile, title: str, number: Number | None
) -> float:
    """Draw title, centre and number; return where the next block begins.

    Without a number there is room to write one.
    """
    right = WIDTH - (QR_SIDE + 3 * mm if number else 0)
    numbers = 52 * mm
    x = LEFT + right - numbers
    top = TOP
    above = " · ".join(part for part in (centre.ministry, centre.programme) if part)
    top -= paper.text(above, LEFT, top, right - numbers, _ISSUER, 2)
    label = words.both(title)
    big = next(
        (
            one
            for one in (Type(15, bold=True), Type(12.5, bold=True), Type(10.5, bold=True))
            if width_of(label.upper(), one) <= right - numbers
        ),
        Type(10.5, bold=True),
    )
    top -= paper.text(label.upper(), LEFT, top, right - numbers, big, 2)
    top -= paper.text(centre.name, LEFT, top, right - numbers, Type(9, bold=True), 2)
    where = " · ".join(
        part for part in (centre.address, centre.district, _phone(centre.phone)) if part
    )
    top -= paper.text(where, LEFT, top, right - numbers, _ISSUER, 2)
    _draw_number(paper, words, x, numbers, number)
    if number is not None:
        paper.qr(number.qr, LEFT + WIDTH - QR_SIDE, TOP, QR_SIDE)
    low = min(top, TOP - (QR_SIDE if number else 17 * mm)) - 2 * mm
    paper.line(LEFT, low, LEFT + WIDTH, low, weight=1.4, colour=ACCENT)
    return low - 2 * mm


def draw_foot(paper: Paper, words: Words, *, form: str) -> None:
    """Draw what everybody who holds the page must know; the last thing drawn on it."""
    low = BOTTOM + FOOT_HEIGHT
    paper.line(LEFT, low, LEFT + WIDTH, low)
    law = words.both(N_("CONFIDENCIAL. Datos personales sensibles (Ley 29733, Ley 30364)."))
    notes = [words.translation_note]
    if paper.is_cut:
        cut = N_("{mark}: el texto no entró completo; el resto está en el expediente del centro.")
        notes.append(words.both(cut).replace("{mark}", CUT_MARK))
    right = 34 * mm
    top = low - 1 * mm
    top -= paper.text(law, LEFT, top, WIDTH - right, Type(7.2, bold=True, leading=1.2), 2)
    paper.text(" ".join(note for note in notes if note), LEFT, top, WIDTH - right, _SMALL, 2)
    page = f"{words.spanish.gettext(N_('Hoja 1 de 1'))}\n{form}"
    type_ = Type(6.8, colour=GREY, align="right", leading=1.25)
    paper.text(page, LEFT + WIDTH - right, low - 1 * mm, right, type_)


def draw_signatures(
    paper: Paper,
    top: float,
    height: float,
    people: tuple[tuple[str, str], ...],
    *,
    has_print: bool = True,
) -> None:
    """Draw places to sign side by side: (what is written over the line, what stands under it).

    The second one has a box beside it for a fingerprint, which counts as a signature, unless
    ``has_print`` says otherwise.
    """
    print_side = min(height - 9 * mm, 17 * mm)
    gap = 6 * mm
    room = (WIDTH - print_side - gap * len(people)) / len(people)
    base = top - height + 9.4 * mm
    x = LEFT
    for number, (above, below) in enumerate(people):
        paper.line(x, base, x + room, base, weight=0.7)
        name = set_lines(above, room, _NAME, 2)
        under = base - 0.6 * mm
        under -= paper.lines(name, x, under, room, _NAME)
        paper.text(below, x, under, room, _SIGN, 2 if name.lines else 3)
        x += room + gap
        if number == 1 and has_print:
            paper.box(x - gap / 2, base, print_side, print_side, weight=0.5)
            x += print_side


def _draw_number(paper: Paper, words: Words, x: float, width: float, number: Number | None) -> None:
    plain = Type(8.6, align="right")
    if number is None:
        day = words.spanish.gettext(N_("Fecha"))
        paper.text(f"{words.spanish.gettext(N_('N.°'))} ____________________", x, TOP, width, plain)
        paper.text(f"{day}: ____ /____ /________", x, TOP - 7 * mm, width, plain)
        hour = words.spanish.gettext(N_("Hora"))
        paper.text(f"{hour}: ____ : ____", x, TOP - 14 * mm, width, plain)
        return
    strong = next((one for one in _NUMBERS if width_of(number.folio, one) <= width), _NUMBERS[-1])
    top = TOP
    top -= paper.text(f"N.° {number.folio}", x, top, width, strong, 2)
    check = words.both(N_("Código de control"))
    top -= paper.text(f"{check}: {number.check}", x, top, width, plain, 2)
    paper.text(number.day, x, top, width, plain, 2)


def _phone(phone: str) -> str:
    return f"Tel. {phone}" if phone else ""

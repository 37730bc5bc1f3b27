"""The paper itself: one A4 page, its type sizes and colours, and the blocks it is stacked from.

Lengths are PDF points; ``top`` is measured from the lower edge of the page, as PDF does. Text is
set by ReportLab's paragraphs, always NFC, always in the embedded font.
"""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from app.documents import qr
from app.documents.fonts import BOLD, REGULAR, register_fonts

__all__ = [
    "ACCENT",
    "BOTTOM",
    "GREY",
    "INK",
    "LEFT",
    "RULE",
    "TINT",
    "TOP",
    "WIDTH",
    "Block",
    "Cell",
    "Paper",
    "Type",
    "clean",
]

INK: Final = "#1A1A1A"
GREY: Final = "#55525C"
RULE: Final = "#8A8792"
TINT: Final = "#F0EBF7"
ACCENT: Final = "#4B2680"

LEFT: Final = 15 * mm
WIDTH: Final = A4[0] - 2 * LEFT
TOP: Final = A4[1] - 10 * mm
BOTTOM: Final = 8 * mm

_CONTROLS = re.compile(r"[^\S\n]+|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def clean(text: str) -> str:
    """Return the text as papers show it: NFC, single spaces, no control characters, no blank ends."""
    lines = _CONTROLS.sub(" ", unicodedata.normalize("NFC", text)).split("\n")
    kept = (" ".join(line.split()) for line in lines)
    return "\n".join(line for line in kept if line)


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set. ``align`` is ``left``, ``right`` or ``center``."""

    size: float
    bold: bool = False
    colour: str = INK
    align: str = "left"
    leading: float = 1.28


@cache
def _style(type_: Type) -> ParagraphStyle:
    font = BOLD if type_.bold else REGULAR
    return ParagraphStyle(
        "qispi",
        fontName=font,
        bulletFontName=font,
        fontSize=type_.size,
        leading=type_.size * type_.leading,
        textColor=HexColor(type_.colour),
        alignment={"left": TA_LEFT, "right": TA_RIGHT, "center": TA_CENTER}[type_.align],
        splitLongWords=1,
    )


def _paragraph(text: str, type_: Type) -> Paragraph:
    return Paragraph(escape(clean(text)).replace("\n", "<br/>"), _style(type_))


def text_height(text: str, width: float, type_: Type) -> float:
    """Return how high the text stands when it is set this wide; an empty text has no height."""
    if not text:
        return 0.0
    return float(_paragraph(text, type_).wrap(width, 10_000)[1])


class Paper:
    """One A4 page being drawn, in memory."""

    def __init__(self, title: str, language_tag: str) -> None:
        register_fonts()
        self._buffer = io.BytesIO()
        self._canvas = Canvas(
            self._buffer,
            pagesize=A4,
            invariant=1,
            pageCompression=1,
            initialFontName=REGULAR,
            initialFontSize=9,
            lang=language_tag,
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("")
        self._canvas.setCreator("Qispi")
        self._canvas.setProducer("Qispi")
        self._canvas.setSubject("")

    def text(self, text: str, x: float, top: float, width: float, type_: Type) -> float:
        """Set a text with its upper edge at ``top``; return its height."""
        if not text:
            return 0.0
        paragraph = _paragraph(text, type_)
        height = float(paragraph.wrap(width, 10_000)[1])
        paragraph.drawOn(self._canvas, x, top - height)
        return height

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        weight: float = 0.5,
        colour: str = RULE,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw a straight line, dashed on demand."""
        self._pen(weight, colour)
        self._canvas.setDash(*(dash or ()))
        self._canvas.line(x1, y1, x2, y2)
        self._canvas.setDash()

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        weight: float = 0.6,
        colour: str = INK,
        fill: str | None = None,
        radius: float = 0,
    ) -> None:
        """Draw a rectangle from its lower left corner; ``weight`` 0 leaves its edge out."""
        self._pen(weight, colour)
        if fill is not None:
            self._canvas.setFillColor(HexColor(fill))
        shape = self._canvas.roundRect if radius else self._canvas.rect
        extra = (radius,) if radius else ()
        shape(x, y, width, height, *extra, stroke=int(weight > 0), fill=int(fill is not None))

    def tick(self, x: float, y: float, side: float, *, is_ticked: bool) -> None:
        """Draw a tick box with a cross in it, or empty: a vector, no font has to hold it."""
        self.box(x, y, side, side, weight=0.8)
        if is_ticked:
            inset = side * 0.2
            low, high = inset, side - inset
            self.line(x + low, y + low, x + high, y + high, weight=1.5, colour=INK)
            self.line(x + low, y + high, x + high, y + low, weight=1.5, colour=INK)

    def shape(self, corners: tuple[tuple[float, float], ...], colour: str = INK) -> None:
        """Fill a polygon."""
        path = self._canvas.beginPath()
        path.moveTo(*corners[0])
        for corner in corners[1:]:
            path.lineTo(*corner)
        path.close()
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.drawPath(path, stroke=0, fill=1)

    def disc(self, x: float, y: float, radius: float, colour: str = INK) -> None:
        """Fill a circle."""
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.circle(x, y, radius, stroke=0, fill=1)

    def qr(self, text: str, x: float, top: float, side: float) -> None:
        """Draw a QR code; its quiet zone must stay free around it."""
        module = side / qr.side(text)
        self._canvas.setFillColor(HexColor("#000000"))
        for row, column, length in qr.runs(text):
            self._canvas.rect(
                x + column * module,
                top - (row + 1) * module,
                length * module,
                module,
                stroke=0,
                fill=1,
            )

    def finish(self) -> bytes:
        """Return the PDF."""
        self._canvas.showPage()
        self._canvas.save()
        return self._buffer.getvalue()

    def _pen(self, weight: float, colour: str) -> None:
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeColor(HexColor(colour))


class Cell(Protocol):
    """Something with a width given to it: measured first, then drawn in the height of its row."""

    def height(self, width: float) -> float:
        """Return the least height it needs."""

    def draw(self, paper: Paper, x: float, top: float, width: float, height: float) -> None:
        """Draw it into this rectangle."""


Block = Cell
"""A block is a cell as wide as the page."""

"""A4 pages being drawn, in memory. Lengths are PDF points; ``top`` counts from the lower edge
of the page, as PDF does."""

from __future__ import annotations

import io
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.documents import qr
from app.documents.fonts import BOLD, REGULAR, register_fonts
from app.documents.typesetting import INK, NO_LIMIT, Lines, Type, set_lines, width_of

__all__ = ["ACCENT", "BOTTOM", "LEFT", "RULE", "TINT", "TOP", "WIDTH", "Paper"]

RULE: Final = "#8A8298"
TINT: Final = "#F0EBF7"
ACCENT: Final = "#4B2680"
WATERMARK: Final = "#F3F1F6"

LEFT: Final = 15 * mm
WIDTH: Final = A4[0] - 2 * LEFT
TOP: Final = A4[1] - 10 * mm
BOTTOM: Final = 8 * mm


class Paper:
    """The pages. Remembers whether any text had to be cut, so that its foot can say so."""

    def __init__(self, title: str, language_tag: str) -> None:
        register_fonts()
        self.is_cut = False
        self._buffer = io.BytesIO()
        self._canvas = Canvas(
            self._buffer,
            pagesize=A4,
            invariant=1,
            pageCompression=1,
            initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub is mistaken
            initialFontSize=9,
            lang=language_tag,
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("")
        self._canvas.setCreator("Qispi")
        self._canvas.setProducer("Qispi")
        self._canvas.setSubject("")

    def text(
        self, text: str, x: float, top: float, width: float, type_: Type, at_most: int = NO_LIMIT
    ) -> float:
        """Set a text with its upper edge at ``top``; return its height."""
        return self.lines(set_lines(text, width, type_, at_most), x, top, width, type_)

    def lines(self, lines: Lines, x: float, top: float, width: float, type_: Type) -> float:
        """Set lines already broken; return their height."""
        self.is_cut = self.is_cut or lines.is_cut
        self._canvas.setFillColor(HexColor(type_.colour))
        self._canvas.setFont(type_.font, type_.size)
        for number, line in enumerate(lines.lines):
            base = top - number * type_.line - type_.size * 1.02
            room = width - width_of(line, type_) if type_.align != "left" else 0.0
            shift = {"left": 0.0, "right": room, "center": room / 2}[type_.align]
            self._canvas.drawString(x + shift, base, line)
        return lines.height(type_)

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
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeColor(HexColor(colour))
        self._canvas.setDash(list(dash or ()))
        self._canvas.line(x1, y1, x2, y2)
        self._canvas.setDash([])

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
    ) -> None:
        """Draw a rectangle from its lower left corner; ``weight`` 0 leaves its edge out."""
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeColor(HexColor(colour))
        if fill is not None:
            self._canvas.setFillColor(HexColor(fill))
        self._canvas.rect(x, y, width, height, stroke=int(weight > 0), fill=int(fill is not None))

    def tick(self, x: float, y: float, side: float, *, is_ticked: bool) -> None:
        """Draw a tick box with a cross in it, or empty: a vector, no font has to hold it."""
        self.box(x, y, side, side, weight=0.7)
        if is_ticked:
            low, high = side * 0.2, side * 0.8
            self.line(x + low, y + low, x + high, y + high, weight=1.3, colour=INK)
            self.line(x + low, y + high, x + high, y + low, weight=1.3, colour=INK)

    def polygon(self, *corners: tuple[float, float]) -> None:
        """Fill a polygon."""
        path = self._canvas.beginPath()
        path.moveTo(*corners[0])
        for corner in corners[1:]:
            path.lineTo(*corner)
        path.close()
        self._canvas.setFillColor(HexColor(INK))
        self._canvas.drawPath(path, stroke=0, fill=1)

    def disc(self, x: float, y: float, radius: float) -> None:
        """Fill a circle."""
        self._canvas.setFillColor(HexColor(INK))
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

    def next_page(self) -> None:
        """Leave this page and begin another."""
        self._canvas.showPage()

    def watermark(self, text: str) -> None:
        """Set a word across the page, so pale that what stands over it is read; first of all on a
        page."""
        size = 64
        self._canvas.saveState()
        self._canvas.setFillColor(HexColor(WATERMARK))
        self._canvas.setFont(BOLD, size)
        self._canvas.translate(A4[0] / 2, A4[1] / 2)
        self._canvas.rotate(52)
        self._canvas.drawCentredString(0, -size / 3, text)
        self._canvas.restoreState()

    def finish(self) -> bytes:
        """Return the PDF."""
        self._canvas.showPage()
        self._canvas.save()
        return self._buffer.getvalue()

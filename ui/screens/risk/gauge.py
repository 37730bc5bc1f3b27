"""How far a score has come and how far it can still rise, drawn over the bands of its levels."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.instrument import Instrument, Score
from ui.runtime.theme import COLOURS
from ui.widgets.risk import RISKS

__all__ = ["Gauge"]

_BAR: Final = 14
_MARK: Final = 12
_HEIGHT: Final = 54
_SIDE: Final = 10


class Gauge(QWidget):
    """A bar of bands with a mark at the points, and a line up to what is still reachable.

    What it draws is said in words beside it: it takes no focus and tells a screen reader nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self._instrument: Instrument | None = None
        self._score: Score | None = None
        self._colours: dict[str, QColor] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        return QSize(200, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Override QWidget::minimumSizeHint."""
        return QSize(120, _HEIGHT)

    def show_score(self, instrument: Instrument, score: Score, counts_as: dict[str, str]) -> None:
        """Show a score. ``counts_as`` gives the centre's level of each level, for its colour."""
        self._instrument, self._score = instrument, score
        self._colours = {
            level: QColor(COLOURS[RISKS[own].colour if own in RISKS else "muted"])
            for level, own in counts_as.items()
        }
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        if self._instrument is None or self._score is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bands(painter, self._instrument)
        self._paint_mark(painter, self._score)
        painter.end()

    def _x(self, points: float) -> float:
        assert self._instrument is not None
        return _SIDE + (self.width() - 2 * _SIDE) * points / (self._instrument.maximum + 1)

    def _paint_bands(self, painter: QPainter, instrument: Instrument) -> None:
        seen: set[str] = set()
        for band in instrument.bands:
            left, right = self._x(band.low), self._x(band.high + 1)
            colour = self._colours.get(band.level, QColor(COLOURS["muted"]))
            area = QRectF(left, _MARK + 2, right - left - 2, _BAR)
            painter.fillRect(area, colour)
            if colour.name() in seen:
                # The graver of two bands of one colour is hatched: told apart in grey, too.
                pattern = QBrush(QColor(COLOURS["on_primary"]), Qt.BrushStyle.BDiagPattern)
                painter.fillRect(area, pattern)
            seen.add(colour.name())
            painter.setPen(QColor(COLOURS["muted"]))
            painter.drawText(
                QRectF(left - 2, _MARK + _BAR + 4, 40, 22),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop,
                str(band.low),
            )
        painter.drawText(
            QRectF(self.width() - _SIDE - 40, _MARK + _BAR + 4, 40, 22),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
            str(instrument.maximum),
        )

    def _paint_mark(self, painter: QPainter, score: Score) -> None:
        at, until = self._x(score.points + 0.5), self._x(score.highest + 0.5)
        text = QColor(COLOURS["text"])
        if until > at:
            painter.setPen(QPen(text, 2, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(at, _MARK / 2), QPointF(until, _MARK / 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(text)
        painter.drawPolygon(QPolygonF([QPointF(at - 7, 1), QPointF(at + 7, 1), QPointF(at, _MARK)]))

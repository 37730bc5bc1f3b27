"""One page of an attachment, drawn from plain pixels: whole, as wide as the room, or closer."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.services.apart_ports import Pixels

__all__ = ["Sheet"]

_MARGIN: Final = 10
_RGB_BYTES: Final = 3
_WIDE: Final = 1.0
_ZOOMS: Final = (_WIDE, 1.5, 2.0, 3.0)
"""Times as wide as the room."""

_CLOSE: Final = 1.5
"""From here on the page is drawn with more pixels."""


class Sheet(QWidget):
    """The page, in an area that scrolls.

    Signals:
        drawn: a page shows, or none.
        turned: another page is wanted; carries its number, from 0.
        zoomed: it is looked at from closer, or not; carries whether more pixels are wanted.
    """

    drawn = Signal()
    turned = Signal(int)
    zoomed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._page = self._count = 0
        self._zoom: float | None = _WIDE
        """None: the whole page."""
        self._paper = _Paper()
        self.area = QScrollArea()
        self.area.setObjectName("preview")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        # Always there: a bar that comes and goes would change the width that the page fills.
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # Reached by Tab: the arrows and the page keys scroll.
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.area.setWidget(self._paper)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)

    @property
    def page(self) -> int:
        """Which page shows, from 0."""
        return self._page

    @property
    def page_count(self) -> int:
        """How many pages there are; 0 while none shows."""
        return self._count

    @property
    def image(self) -> QImage:
        """What shows; null while nothing does."""
        return self._paper.image

    @property
    def may_come_closer(self) -> bool:
        """Whether it can be looked at from closer."""
        return self._count > 0 and self._zoom != _ZOOMS[-1]

    @property
    def may_go_back(self) -> bool:
        """Whether it can be looked at from further away."""
        return self._count > 0 and self._zoom is not None

    def show_page(self, page: int, count: int, pixels: Pixels) -> None:
        """Show a page: another one from its top, the same one where it is."""
        if page != self._page or not self._count:
            self.area.verticalScrollBar().setValue(0)
        self._page, self._count = page, count
        # A copy of its own: the bytes may go.
        self._paper.image = QImage(
            pixels.rgb,
            pixels.width,
            pixels.height,
            pixels.width * _RGB_BYTES,
            QImage.Format.Format_RGB888,
        ).copy()
        self._fit()
        self.drawn.emit()

    def clear(self) -> None:
        """Show nothing, as wide as the room from now on."""
        self._page = self._count = 0
        self._zoom = _WIDE
        self._paper.image = QImage()
        self._fit()
        self.drawn.emit()

    def turn_to(self, page: int) -> None:
        """Ask for another page."""
        if 0 <= page < self._count and page != self._page:
            self.turned.emit(page)

    def come_closer(self) -> None:
        """Make it larger."""
        if self.may_come_closer:
            at = -1 if self._zoom is None else _ZOOMS.index(self._zoom)
            self._set_zoom(_ZOOMS[at + 1])

    def go_back(self) -> None:
        """Make it smaller, down to the whole page."""
        if self.may_go_back and self._zoom is not None:
            at = _ZOOMS.index(self._zoom)
            self._set_zoom(_ZOOMS[at - 1] if at else None)

    def show_whole(self) -> None:
        """Show the whole page."""
        if self._count:
            self._set_zoom(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._fit()

    def _set_zoom(self, zoom: float | None) -> None:
        bars = (self.area.verticalScrollBar(), self.area.horizontalScrollBar())
        places = [bar.value() / max(1, bar.maximum()) for bar in bars]
        self._zoom = zoom
        self._fit()
        for bar, place in zip(bars, places, strict=True):
            bar.setValue(round(place * bar.maximum()))
        self.zoomed.emit(zoom is not None and zoom >= _CLOSE)
        self.drawn.emit()

    def _fit(self) -> None:
        size = self._paper.image.size()
        if size.isEmpty():
            self._paper.resize(0, 0)
            return
        room = self.area.viewport().size() - QSize(2 * _MARGIN, 2 * _MARGIN)
        if self._zoom is None:
            fitted = size.scaled(room.expandedTo(QSize(1, 1)), Qt.AspectRatioMode.KeepAspectRatio)
        else:
            width = max(1, round(room.width() * self._zoom))
            fitted = QSize(width, max(1, round(width * size.height() / size.width())))
        self._paper.resize(fitted + QSize(2 * _MARGIN, 2 * _MARGIN))
        self._paper.update()


class _Paper(QWidget):
    """The picture, as large as it is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent: no more than what is in sight is scaled."""
        if self.image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipRect(event.rect())
        inside = QRect(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        painter.drawImage(inside, self.image)
        painter.end()

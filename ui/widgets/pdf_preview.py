"""Shows a PDF from memory as it will print. Nothing is written to disk.

PDFium draws the page (``docs/adr/0010``); it is not safe on two threads: GUI thread only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pypdfium2
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

__all__ = ["PdfPreview", "page_images"]

_MARGIN: Final = 10


class PdfPreview(QWidget):
    """A page of a PDF, as wide as the room or whole.

    Signals:
        drawn: a page shows, or none.
    """

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._content: bytes | None = None
        self._page = 0
        self._count = 0
        self._is_whole = False
        self._paper = QLabel()
        self._paper.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._paper.setMargin(_MARGIN)
        self.view = QScrollArea()
        self.view.setObjectName("preview")
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setWidgetResizable(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: a bar that comes and goes would change the width that the page fills.
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # Reached by Tab: the arrows and the page keys scroll.
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.setWidget(self._paper)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.timeout.connect(self._draw)

    def show_pdf(self, content: bytes) -> None:
        """Show this PDF; the page and the place on it stay."""
        self._content = content
        self._draw()

    @property
    def page(self) -> int:
        """Which page shows, from 0."""
        return self._page

    @property
    def page_count(self) -> int:
        """How many pages there are; 0 without a PDF."""
        return self._count

    def turn_to(self, page: int) -> None:
        """Show another page, from its top."""
        if 0 <= page < self._count and page != self._page:
            self._page = page
            self.view.verticalScrollBar().setValue(0)
            self._draw()

    def clear(self) -> None:
        """Show no page."""
        self._content = None
        self._page = self._count = 0
        self._paper.clear()
        self.drawn.emit()

    def fit(self, *, whole_page: bool) -> None:
        """Show the whole page, or as wide as the room."""
        self._is_whole = whole_page
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: drawn once when the size has settled."""
        super().resizeEvent(event)
        self._redraw.start(0)

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: another screen may be sharper."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._redraw.start(0)

    def _draw(self) -> None:
        if self._content is None:
            return
        # Opened anew each time (a millisecond), so that nothing of PDFium outlives the widget.
        document = pypdfium2.PdfDocument(self._content)
        self._count = len(document)
        self._page = min(self._page, self._count - 1)
        page = document[self._page]
        room = self.view.viewport().size()
        # One pixel less: PDFium rounds up.
        scale = (room.width() - 2 * _MARGIN - 1) / page.get_width()
        if self._is_whole:
            scale = min(scale, (room.height() - 2 * _MARGIN) / page.get_height())
        ratio = self.devicePixelRatioF()
        picture = QPixmap.fromImage(_image(page, max(0.2, scale) * ratio))
        document.close()
        picture.setDevicePixelRatio(ratio)
        self._paper.setPixmap(picture)
        self.drawn.emit()


def page_images(content: bytes, scale: float) -> Iterator[QImage]:
    """Yield every page of a PDF as a picture; ``scale`` in pixels a point."""
    document = pypdfium2.PdfDocument(content)
    try:
        for page in document:
            yield _image(page, scale)
    finally:
        document.close()


def _image(page: pypdfium2.PdfPage, scale: float) -> QImage:
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
    picture = QImage(
        bytes(bitmap.buffer),
        bitmap.width,
        bitmap.height,
        bitmap.stride,
        QImage.Format.Format_RGBX8888,
    )
    # A copy of its own: PDFium's memory goes with the bitmap.
    return picture.copy()

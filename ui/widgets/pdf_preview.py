"""Shows a PDF from memory as it will print, and prints it. Nothing is written to disk."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QVBoxLayout, QWidget

__all__ = ["PdfPreview", "draw_pages", "printer_for"]

_PRINT_DPI = 300


class PdfPreview(QWidget):
    """A page in a box, as wide as the room."""

    def __init__(self) -> None:
        super().__init__()
        self._document = QPdfDocument(self)
        self._buffer: QBuffer | None = None
        self.view = QPdfView(self)
        self.view.setDocument(self._document)
        self.view.setPageMode(QPdfView.PageMode.MultiPage)
        self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)

    @property
    def document(self) -> QPdfDocument:
        """The document that shows."""
        return self._document

    def show_pdf(self, content: bytes) -> None:
        """Show this PDF; the place on the page stays."""
        bar = self.view.verticalScrollBar()
        place = bar.value()
        old = self._buffer
        self._buffer = _buffer(content, self)
        self._document.load(self._buffer)
        bar.setValue(place)
        if old is not None:
            old.close()
            old.deleteLater()

    def fit(self, *, whole_page: bool) -> None:
        """Show the whole page, or as wide as the room."""
        mode = QPdfView.ZoomMode.FitInView if whole_page else QPdfView.ZoomMode.FitToWidth
        self.view.setZoomMode(mode)


def printer_for(copies: int, name: str) -> QPrinter:
    """Return the default printer set to A4; ``name`` is what the queue shows: nothing personal."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    printer.setResolution(_PRINT_DPI)
    printer.setFullPage(True)
    printer.setCopyCount(copies)
    printer.setDocName(name)
    return printer


def draw_pages(content: bytes, printer: QPrinter) -> bool:
    """Draw every page of a PDF on a printer; return whether the printer took them. GUI thread."""
    document = QPdfDocument()
    buffer = _buffer(content, document)
    document.load(buffer)
    painter = QPainter()
    if not painter.begin(printer):
        return False
    try:
        area = printer.pageLayout().fullRectPixels(printer.resolution())
        for number in range(document.pageCount()):
            if number:
                printer.newPage()
            image = document.render(number, QSize(area.width(), area.height()))
            painter.drawImage(area, image)
    finally:
        painter.end()
    return document.pageCount() > 0


def _buffer(content: bytes, parent: QPdfDocument | QWidget) -> QBuffer:
    buffer = QBuffer(parent)
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return buffer

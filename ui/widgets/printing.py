"""Printing a PDF from memory: on which printer is asked, then its pages are drawn. Nothing of it is
written to disk by this program. GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRect
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QWidget

from ui.widgets.paper_tools import open_dialog
from ui.widgets.pdf_preview import page_images

__all__ = ["ask_printer", "draw_pages", "printer_for"]

_JOB: Final = "Qispi"
"""What the print queue shows: nothing about anybody."""
_PRINT_DPI: Final = 300
_POINTS_AN_INCH: Final = 72


def ask_printer(parent: QWidget, chosen: Callable[[QPrinter], None], *, copies: int = 1) -> bool:
    """Ask for a printer and go on; ``chosen`` is told it, later. Return False where this laptop
    knows none, and nothing was asked."""
    if not QPrinterInfo.availablePrinterNames():
        return False
    printer = printer_for(copies)
    dialog = QPrintDialog(printer, parent)
    # Without its printer that is a plain file.
    dialog.setOption(QPrintDialog.PrintDialogOption.PrintToFile, on=False)
    dialog.accepted.connect(lambda: chosen(printer))
    open_dialog(dialog)
    return True


def printer_for(copies: int) -> QPrinter:
    """Return the default printer, set to so many copies in A4."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    printer.setResolution(_PRINT_DPI)
    printer.setFullPage(True)
    printer.setCopyCount(copies)
    printer.setDocName(_JOB)
    return printer


def draw_pages(content: bytes, printer: QPrinter) -> bool:
    """Draw every page of a PDF on a printer; return whether the printer took them."""
    painter = QPainter()
    if not painter.begin(printer):
        return False
    try:
        area: QRect = printer.pageLayout().fullRectPixels(printer.resolution())
        pictures = page_images(content, printer.resolution() / _POINTS_AN_INCH)
        for number, picture in enumerate(pictures):
            if number:
                printer.newPage()
            painter.drawImage(area, picture)
    finally:
        painter.end()
    return True

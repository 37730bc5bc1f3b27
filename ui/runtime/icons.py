"""The icons, recoloured when they are loaded, sharp at every scale."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.runtime.theme import COLOURS

__all__ = ["ICONS", "icon"]

ICONS: Final = Path(__file__).parent.parent / "icons"
_SIZES: Final = (16, 20, 32, 40)


@cache
def icon(name: str, colour: str = "text") -> QIcon:
    """Return an icon of ``ui/icons`` in a colour of the theme."""
    source = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    drawing = source.replace("currentColor", COLOURS[colour])
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    found = QIcon()
    for size in _SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        found.addPixmap(pixmap)
    return found

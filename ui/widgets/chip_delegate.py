"""Draws a cell of a table as a rounded chip: a word with a frame, its colour only beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.runtime.theme import COLOURS

__all__ = ["ChipDelegate", "ChipLook"]

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ChipLook:
    """The colours of a chip, as names of the theme."""

    colour: str
    soft: str


class ChipDelegate(QStyledItemDelegate):
    """Paints the text of a cell as a chip; without a look it stays plain text."""

    def __init__(self, look_of: Callable[[int], ChipLook | None], parent: QObject) -> None:
        super().__init__(parent)
        self._look_of = look_of

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Override QStyledItemDelegate::paint."""
        look = self._look_of(index.row())
        if look is None:
            super().paint(painter, option, index)
            return
        rect, state, font = option.rect, option.state, QFont(option.font)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(COLOURS["primary_soft"]))
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        width = min(painter.fontMetrics().horizontalAdvance(text) + 18, rect.width() - 6)
        box = QRectF(rect.left() + 3, rect.center().y() - 11, width, 22)
        painter.setPen(QPen(QColor(COLOURS[look.colour]), 1))
        painter.setBrush(QColor(COLOURS[look.soft]))
        painter.drawRoundedRect(box, 11, 11)
        elided = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, int(box.width()) - 10
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, elided)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Override QStyledItemDelegate::sizeHint."""
        size = super().sizeHint(option, index)
        return QSize(size.width() + 26, max(size.height(), 30))

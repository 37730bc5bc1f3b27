"""A table of whole rows: one is chosen, Enter opens it, Tab goes on. Every list of the program."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

__all__ = ["RowTable"]

_ROW_HEIGHT: Final = 34
_LEAST_WIDTH: Final = 40


class RowTable(QTableView):
    """The table; the column ``wide`` takes what room the others leave."""

    def __init__(self, model: QAbstractItemModel, *, wide: int) -> None:
        super().__init__()
        self.setTabKeyNavigation(False)
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(_LEAST_WIDTH)
        header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)

    def show_whole(self, column: int) -> None:
        """Give a column what its words need where it has less: of a number that is cut nobody knows
        which one it is, and that of a laptop of no centre yet is long."""
        needed = self.sizeHintForColumn(column)
        if needed > self.columnWidth(column):
            self.setColumnWidth(column, needed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QTableView::keyPressEvent."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

"""The lists of the page *Sincronización*: as high as their rows, up to a few of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtWidgets import QTableView

from ui.runtime.text import Texts
from ui.widgets.row_table import RowTable
from ui.widgets.table import Column

__all__ = ["day_column", "fit", "list_table"]

R = TypeVar("R")

_ROWS_SHOWN: Final = 8
_ROW_HEIGHT: Final = 28
_LINE_HEIGHT: Final = 18


def list_table(model: QAbstractItemModel, wide: int, *, lines: int = 1) -> RowTable:
    """Return a table of which the column ``wide`` takes what room the others leave; what does not
    fit into one line there is read on as many as ``lines``."""
    table = RowTable(model, wide=wide)
    table.setWordWrap(lines > 1)
    table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT + (lines - 1) * _LINE_HEIGHT)
    header = table.horizontalHeader()
    for column in range(model.columnCount()):
        if column != wide:
            header.setSectionResizeMode(column, header.ResizeMode.ResizeToContents)
    return table


def fit(table: QTableView, count: int, most: int = _ROWS_SHOWN) -> None:
    """Make a table as high as its rows, or as ``most`` of them."""
    rows = min(count, most)
    row_height = table.verticalHeader().defaultSectionSize()
    height = table.horizontalHeader().sizeHint().height() + rows * row_height
    table.setFixedHeight(height + 2 * table.frameWidth())


def day_column(texts: Texts, header: str, of: Callable[[R], int | None]) -> Column[R]:
    """Return a column of days: on a small screen the hour would take the room of the case."""

    def since(row: R) -> str:
        at_ms = of(row)
        return "—" if at_ms is None else texts.language.format_datetime_ms(at_ms)

    return Column(lambda: texts(header), lambda row: since(row).partition(" ")[0], since)

"""A stack of pages that never makes the window higher."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

__all__ = ["Pages"]


class Pages(QStackedWidget):
    """Shows one page of many.

    Qt takes the height that a page with wrapping words would like as the least it can have, and
    grows the window past a small screen; every page here scrolls instead.
    """

    def hasHeightForWidth(self) -> bool:
        """Override QWidget::hasHeightForWidth."""
        return False

    def heightForWidth(self, width: int) -> int:
        """Override QWidget::heightForWidth."""
        del width
        return -1

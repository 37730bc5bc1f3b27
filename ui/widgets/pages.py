"""A stack of pages that never makes the window higher, nor lets a hidden page take the keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

__all__ = ["Pages"]


class Pages(QStackedWidget):
    """Shows one page of many.

    Qt takes the height that a page with wrapping words would like as the least it can have, and
    grows the window past a small screen; every page here scrolls instead.

    Nor does a page that is left take the keyboard, whatever answers late: what is typed would go
    where nobody sees it, and be saved there.
    """

    def __init__(self) -> None:
        super().__init__()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._keep_focus)

    def hasHeightForWidth(self) -> bool:
        """Override QWidget::hasHeightForWidth."""
        return False

    def heightForWidth(self, width: int) -> int:
        """Override QWidget::heightForWidth."""
        del width
        return -1

    def _keep_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        page = self.currentWidget()
        if new is None or page is None or not self.isAncestorOf(new):
            return
        if new is not page and not page.isAncestorOf(new):
            stop = old if old is not None and old.isVisible() else page
            stop.setFocus(Qt.FocusReason.OtherFocusReason)

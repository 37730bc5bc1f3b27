"""The part of the page that scrolls: what holds the keyboard is in sight with all that it means."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QVBoxLayout, QWidget

from ui.widgets.reading_area import ReadingArea

__all__ = ["CardsArea"]


class CardsArea(ReadingArea):
    """A reading area whose content is replaced. Whenever a button in it takes the focus, and
    whenever its place changes, the whole card of the button comes into sight; of one that is
    higher than the area, the top."""

    def __init__(self) -> None:
        self._holder = QWidget()
        self._holder.setObjectName("page")
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._shown: QWidget | None = None
        super().__init__(self._holder)
        self.setProperty("on", "page")
        self.verticalScrollBar().rangeChanged.connect(self._bring_card)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._bring_card)

    def show_only(self, content: QWidget) -> None:
        """Show this from its top; what showed before is gone."""
        before, self._shown = self._shown, content
        self._column.addWidget(content)
        content.show()  # else the layout shows it later, and until then it takes no focus
        self.verticalScrollBar().setValue(0)
        if before is not None:
            self._column.removeWidget(before)
            before.hide()
            before.deleteLater()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._bring_card()

    def _bring_card(self, *_: object) -> None:
        focused = QApplication.focusWidget()
        # A line that is being written scrolls by itself.
        if not isinstance(focused, QAbstractButton) or not self._holder.isAncestorOf(focused):
            return
        one: QWidget = focused
        while one.objectName() != "card":
            above = one.parentWidget()
            if above is None or above is self._holder:
                return
            one = above
        top = one.mapTo(self._holder, QPoint(0, 0)).y()
        self.ensureVisible(0, top + one.height(), 0, 0)
        self.ensureVisible(0, top, 0, 0)
        at = focused.mapTo(self._holder, QPoint(0, 0)).y()
        if at + focused.height() > top + self.viewport().height():
            self.ensureVisible(0, at + focused.height(), 0, 0)  # far down in a card that is higher

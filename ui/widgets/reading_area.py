"""A column that is read, with few controls in it or none: the keyboard scrolls it, and what takes
the focus inside comes into sight."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

__all__ = ["ReadingArea"]

_MARGIN: Final = 12
_LOW: Final = 30


class ReadingArea(QScrollArea):
    """The area; Tab stops at it while not all of it shows, and the arrows and pages move it. Give
    it a name for a screen reader."""

    def __init__(self, content: QWidget, *, may_be_low: bool = False) -> None:
        """``may_be_low``: a line of it is enough, where the controls below want the room."""
        super().__init__()
        if may_be_low:
            self.setMinimumHeight(_LOW)
        self.setObjectName("reading")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        self._content = content
        self.verticalScrollBar().rangeChanged.connect(self._take_or_leave_focus)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def _take_or_leave_focus(self, _least: int, most: int) -> None:
        policy = Qt.FocusPolicy.TabFocus if most > 0 else Qt.FocusPolicy.NoFocus
        if self.focusPolicy() != policy:
            self.setFocusPolicy(policy)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and now is not self and self.isAncestorOf(now):
            # Qt does so only for who comes from inside, and of a table shows one row.
            top = now.mapTo(self._content, QPoint(0, 0)).y()
            self.ensureVisible(0, top + now.height(), 0, _MARGIN)
            self.ensureVisible(0, top, 0, _MARGIN)

"""Check boxes and radio buttons whose words may wrap: official labels are long."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSizePolicy,
    QWidget,
)

__all__ = ["Columns", "Option", "check_option", "radio_option"]


_BUTTON: Final = 26
"""Wide enough for the mark and the frame of the focus."""


class _Words(QLabel):
    pressed = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QLabel::mousePressEvent: the words are part of the button."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()


class Option(QWidget):
    """A button with wrapping words beside it; the words press it and name it."""

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__()
        self.button = button
        self.words = _Words()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.words.setContentsMargins(0, 1, 0, 0)
        self.words.pressed.connect(self._press)
        button.setFixedSize(_BUTTON, _BUTTON)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 1, 0, 1)
        row.setSpacing(2)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)

    def say(self, text: str) -> None:
        """Show these words, and tell them to a screen reader."""
        self.words.setText(text)
        self.button.setAccessibleName(text)

    def _press(self) -> None:
        self.button.setFocus(Qt.FocusReason.MouseFocusReason)
        self.button.click()


def check_option(text: str) -> Option:
    """Return a check box with these words."""
    option = Option(QCheckBox())
    option.say(text)
    return option


def radio_option(text: str) -> Option:
    """Return a radio button with these words; put it in a QButtonGroup."""
    option = Option(QRadioButton())
    option.say(text)
    return option


class Columns(QWidget):
    """Widgets in as many equal columns as fit, filled row by row, in the order of Tab."""

    def __init__(self, column_width: int, spacing: int = 6) -> None:
        super().__init__()
        self._column_width = column_width
        self._children: list[QWidget] = []
        self._count = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(spacing * 2)
        self._grid.setVerticalSpacing(spacing // 2)

    def add(self, child: QWidget) -> None:
        """Add a widget at the end."""
        self._children.append(child)
        self._place(max(1, self._count), force=True)

    def resizeEvent(self, event: object) -> None:
        """Override QWidget::resizeEvent."""
        del event
        self._place(max(1, min(self.width() // self._column_width, len(self._children))))

    def _place(self, count: int, *, force: bool = False) -> None:
        if count == self._count and not force:
            return
        for column in range(self._count):
            self._grid.setColumnStretch(column, 0)
        self._count = count
        for number, child in enumerate(self._children):
            self._grid.addWidget(child, number // count, number % count)
        for column in range(count):
            self._grid.setColumnStretch(column, 1)

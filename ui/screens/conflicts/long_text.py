"""A text of which first a part shows: the rest is one press away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label

__all__ = ["LongText"]


class LongText(QWidget):
    """A part of a text and, when that is not all of it, the button that shows the whole: above it,
    or ``beside`` it at the right. So whoever presses it goes on reading from the beginning.

    Signals:
        pressed: somebody pressed the words themselves.
        turned: another part of the text shows now.
    """

    pressed = Signal()
    turned = Signal()

    def __init__(
        self,
        texts: Texts,
        part: str,
        whole: str,
        *,
        role: str = "",
        about: str = "",
        beside: bool = False,
    ) -> None:
        super().__init__()
        self._texts = texts
        self._part, self._whole, self._about = part, whole, about
        self.is_whole = part == whole
        box = QHBoxLayout(self) if beside else QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        self.words = label(role)
        self.words.setText(part)
        self._turn = button("link")
        self._turn.clicked.connect(self._show_other)
        top_left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        if beside:
            box.addWidget(self.words, 1)
            box.addWidget(self._turn, 0, top_left)
        else:
            box.addWidget(self._turn, 0, top_left)
            box.addWidget(self.words)
        if self.is_whole:
            self._turn.hide()
        self._name_button()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent: the words belong to what they stand beside."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    @property
    def shown(self) -> str:
        """What of it shows now."""
        return self.words.text()

    def _show_other(self) -> None:
        self.is_whole = not self.is_whole
        self.words.setText(self._whole if self.is_whole else self._part)
        self._name_button()
        self.turned.emit()

    def _name_button(self) -> None:
        said = self._texts(N_("Ver menos") if self.is_whole else N_("Ver todo el texto"))
        self._turn.setText(said)
        self._turn.setAccessibleName(f"{said}: {self._about}" if self._about else said)

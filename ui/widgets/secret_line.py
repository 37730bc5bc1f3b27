"""A line that hides what is typed, with an eye beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.i18n import N_
from ui.runtime.icons import icon
from ui.runtime.text import Texts

__all__ = ["PassphraseLine", "SecretLine"]


class PassphraseLine(QLineEdit):
    """A line that hides what is typed, and notices the Caps Lock key.

    Signals:
        caps: whether letters come out as capitals without Shift.
    """

    caps = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        # No suggestions of input methods: they learn what is typed.
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QLineEdit::keyPressEvent."""
        text = event.text()
        if text.isalpha():
            has_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps.emit(text.isupper() and not has_shift)
        super().keyPressEvent(event)


class SecretLine(QWidget):
    """Such a line, and the eye that shows what was typed in it."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.line = PassphraseLine()
        self.eye = QToolButton()
        self.eye.setCheckable(True)
        self.eye.setIcon(icon("eye", "muted"))
        texts.bind(self.eye, "setAccessibleName", N_("Mostrar lo escrito"))
        texts.bind(self.eye, "setToolTip", N_("Mostrar lo escrito"))
        self.eye.toggled.connect(self._show)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.eye)

    def forget(self) -> None:
        """Keep nothing of what was typed, and hide what is typed next."""
        self.line.clear()
        self.eye.setChecked(False)

    def _show(self, on: bool) -> None:
        shown, hidden = QLineEdit.EchoMode.Normal, QLineEdit.EchoMode.Password
        self.line.setEchoMode(shown if on else hidden)
        self.eye.setIcon(icon("eye-off" if on else "eye", "muted"))

"""One quiet line: that the recovery sheets want to be made or tried, and the way there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["SheetsLine"]


class SheetsLine(QWidget):
    """The line; it takes no room while nothing is due.

    Signals:
        wanted: the page of the sheets.
    """

    wanted = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._due = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.box = Box("info", is_row=True)
        self.go = button("link", "file-text")
        texts.bind(self.go, "setText", N_("Ver las hojas"))
        self.go.clicked.connect(self.wanted)
        self.box.buttons.addWidget(self.go)
        column.addWidget(self.box)
        self.hide()
        texts.changed.connect(self._say)

    def show_due(self, message_id: str) -> None:
        """Show what is due; nothing for none."""
        self._due = message_id
        self._say()

    def _say(self) -> None:
        self.box.say("", sentence(self._due, {}, self._texts) if self._due else "")
        self.setVisible(bool(self._due))

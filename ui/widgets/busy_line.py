"""Something is worked out on another thread that nobody can measure: a sentence, and a bar that
moves. The window stays alive meanwhile, and can be locked."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import label

__all__ = ["BusyLine"]


class BusyLine(QWidget):
    """The sentence and the bar; they take no room while nothing goes on."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._msgid = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._said = label()
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        texts.bind(bar, "setAccessibleName", N_("En marcha"))
        column.addWidget(self._said)
        column.addWidget(bar)
        self.hide()
        texts.changed.connect(self._say)

    @property
    def words(self) -> str:
        """What it says; empty while nothing goes on."""
        return "" if self.isHidden() else self._said.text()

    def begin(self, msgid: str) -> None:
        """It begins: say what."""
        self._msgid = msgid
        self._say()
        self.show()

    def end(self) -> None:
        """It ended."""
        self.hide()

    def _say(self) -> None:
        if self._msgid:
            self._said.setText(self._texts(self._msgid))

"""One quiet line: what this laptop or its people are due for, and the way there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from app.services.upkeep import BACKUP, Due
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button, set_tone

__all__ = ["UpkeepLine", "upkeep_words"]


def upkeep_words(texts: Texts, due: Due) -> str:
    """Return the sentence of one thing that is due."""
    if due.page == BACKUP and due.days is not None:
        return texts.plural(
            N_("Hace {count} día que no se hace una copia."),
            N_("Hace {count} días que no se hace una copia."),
            due.days,
        )
    return sentence(due.message_id, {}, texts)


class UpkeepLine(QWidget):
    """The line: the most pressing thing, and how many more there are. It takes no room while
    nothing is due.

    Signals:
        wanted: carries the page on which it is seen to.
        counted: how many things are due.
    """

    wanted = Signal(str)
    counted = Signal(int)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._due: list[Due] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.box = Box("info", is_row=True)
        self.go = button("link", "chevron-right")
        texts.bind(self.go, "setText", N_("Ver"))
        self.go.clicked.connect(lambda: self.wanted.emit(self._due[0].page))
        self.box.buttons.addWidget(self.go)
        column.addWidget(self.box)
        self.hide()
        texts.changed.connect(self._say)

    def show_due(self, due: Sequence[Due]) -> None:
        """Show what is due."""
        self._due = list(due)
        self._say()
        self.counted.emit(len(self._due))

    def _say(self) -> None:
        self.setVisible(bool(self._due))
        if not self._due:
            return
        first, more = self._due[0], len(self._due) - 1
        said = upkeep_words(self._texts, first)
        if more:
            said = f"{said} {self._texts.plural(N_('Y {count} más.'), N_('Y {count} más.'), more)}"
        set_tone(self.box, "quiet" if first.is_quiet else "info")
        self.box.say("", said)

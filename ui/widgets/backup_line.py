"""One quiet line: how long no backup was made, and the way to make one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from app.services.backups import BackupState
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button, set_tone

__all__ = ["BackupLine", "due_words"]


def due_words(texts: Texts, state: BackupState) -> str:
    """Return the line; empty while nothing is due."""
    if not state.is_due:
        return ""
    if state.days is None:
        return texts(N_("Todavía no se hizo ninguna copia de este equipo."))
    return texts.plural(
        N_("Hace {count} día que no se hace una copia."),
        N_("Hace {count} días que no se hace una copia."),
        state.days,
    )


class BackupLine(QWidget):
    """The line; it takes no room while nothing is due. Where the region has everything, it has no
    colour of its own.

    Signals:
        wanted: the page of backups.
    """

    wanted = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._state: BackupState | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.box = Box("info", is_row=True)
        go = button("link", "usb")
        texts.bind(go, "setText", N_("Hacer una copia"))
        go.clicked.connect(self.wanted)
        self.go = go
        self.box.buttons.addWidget(go)
        column.addWidget(self.box)
        self.hide()
        texts.changed.connect(self._say)

    def show_state(self, state: BackupState) -> None:
        """Show it when it is due."""
        self._state = state
        self._say()

    def _say(self) -> None:
        if self._state is None:
            return
        words = due_words(self._texts, self._state)
        set_tone(self.box, "quiet" if self._state.is_at_region else "info")
        self.box.say("", words)
        self.setVisible(bool(words))

"""The line at the foot: synchronisation in a sentence, what is saved, when the program locks."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import label

__all__ = ["StatusBar"]


class StatusBar(QFrame):
    """The line; it says its words again when the language changes."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("statusbar")
        self._texts = texts
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(12)
        self._status = label(wraps=False)
        self._status.setMinimumWidth(80)
        self._saved = label("muted", wraps=False)
        self._lock_left = label("muted", wraps=False)
        row.addWidget(self._status, 1)
        row.addWidget(self._saved)
        row.addWidget(self._lock_left)
        self._minutes = -1
        texts.changed.connect(self._say_minutes)

    @property
    def saved_words(self) -> str:
        """What it says of saving."""
        return self._saved.text()

    def show_status(self, said: str) -> None:
        """Say how synchronisation stands."""
        self._status.setText(said)
        self._status.setToolTip(said)

    def show_saved(self, said: str) -> None:
        """Say what is on the disk."""
        self._saved.setText(said)

    def show_minutes(self, minutes: int) -> None:
        """Say when the program locks itself."""
        self._minutes = minutes
        self._say_minutes()

    def _say_minutes(self) -> None:
        if self._minutes >= 0:
            said = N_("Se bloquea sola en {count} min")
            self._lock_left.setText(self._texts.plural(said, said, self._minutes))
